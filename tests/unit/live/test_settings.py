import os
from pathlib import Path

import pytest

from vislex.errors import GalleryMissing, InvalidOption
from vislex.live.settings import NamedGalleries, environment_of, parse_galleries, require_name


def test_a_server_without_a_gallery_is_told_the_variables() -> None:
    with pytest.raises(GalleryMissing, match="neither VISLEX_GALLERY nor VISLEX_GALLERIES"):
        NamedGalleries.from_env({})


def test_one_gallery_is_the_default() -> None:
    found = NamedGalleries.from_env({"VISLEX_GALLERY": "/apps"})
    assert found == NamedGalleries({"default": Path("/apps")}, keep=2)


def test_several_keep_their_order() -> None:
    """The first is the default; a `=` in a path is part of it."""
    pairs = os.pathsep.join(["b=/b", "a=/a=1"])
    environ = {"VISLEX_GALLERIES": pairs, "VISLEX_GALLERY": "/x", "VISLEX_GALLERY_KEEP": "5"}
    found = NamedGalleries.from_env(environ)
    assert list(found.folders.items()) == [("b", Path("/b")), ("a", Path("/a=1"))]
    assert found.keep == 5


@pytest.mark.parametrize("pairs", ["apps", "=/apps", "apps=", "a b=/x", "a=/x:", "-a=/x", "a,b=/"])
def test_what_is_no_pair_is_named(pairs: str) -> None:
    with pytest.raises(InvalidOption, match="is not NAME=DIR"):
        NamedGalleries.from_env({"VISLEX_GALLERIES": pairs})


@pytest.mark.parametrize("keep", ["0", "-1", "two"])
def test_a_number_of_versions_that_is_none_is_named(keep: str) -> None:
    with pytest.raises(InvalidOption, match="VISLEX_GALLERY_KEEP"):
        NamedGalleries.from_env({"VISLEX_GALLERY": "/apps", "VISLEX_GALLERY_KEEP": keep})


def test_words_of_the_command_line() -> None:
    assert parse_galleries(["build/gallery"]) == {"default": Path("build/gallery")}
    assert parse_galleries(["b=/b", "a=/a"]) == {"b": Path("/b"), "a": Path("/a")}
    assert parse_galleries(["./a=b"]) == {"default": Path("./a=b")}  # what no name can be is a path


@pytest.mark.parametrize("name", ["my name", "", "-a", "my/name"])
@pytest.mark.usefixtures("galleries_here")
def test_a_name_that_cannot_be_is_told_what_names_are(name: str) -> None:
    with pytest.raises(InvalidOption, match=r"is not NAME=DIR; a name is 1 to 64 letters"):
        parse_galleries([f"{name}=build/gallery"])


@pytest.mark.parametrize("word", ["my name=build", "=", "=gallery", "my name="])
def test_neither_a_name_nor_a_path_is_told_so(word: str) -> None:
    with pytest.raises(InvalidOption, match=r"is not NAME=DIR; a name is 1 to 64 letters"):
        parse_galleries([word])


@pytest.mark.parametrize("path", ["my build=1", "=build/gallery", "a b=c/=d", "./a=1/gallery"])
@pytest.mark.usefixtures("galleries_here")
def test_a_path_that_is_there_may_hold_an_equals_sign(path: str) -> None:
    Path(path).mkdir(parents=True)
    assert parse_galleries([path]) == {"default": Path(path)}
    assert parse_galleries([f"apps={path}"]) == {"apps": Path(path)}


@pytest.fixture
def galleries_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build" / "gallery").mkdir(parents=True)


@pytest.mark.parametrize("words", [["a=/x", "a=/y"], ["/x", "/y"], ["/x", "default=/y"]])
def test_two_of_one_name_are_refused(words: list[str]) -> None:
    with pytest.raises(InvalidOption, match="two galleries are called"):
        parse_galleries(words)


def test_the_environment_says_what_the_command_line_said(tmp_path: Path) -> None:
    folders = {"apps": tmp_path / "apps", "games": tmp_path / "games"}
    assert NamedGalleries.from_env(environment_of(folders)).folders == folders


def test_a_path_that_the_variable_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="in its path"):
        environment_of({"apps": tmp_path / f"a{os.pathsep}b"})


def test_an_unknown_name_lists_the_known() -> None:
    require_name("", ["apps", "games"])
    require_name("games", ["apps", "games"])
    with pytest.raises(InvalidOption, match="gallery is 'toys'; expected one of apps, games"):
        require_name("toys", ["apps", "games"])


@pytest.mark.parametrize(
    ("device", "gpu"), [("", None), ("cpu", None), ("gpu", 0), ("gpu:0", 0), ("gpu:3", 3)]
)
def test_where_galleries_are_searched(device: str, gpu: int | None) -> None:
    environ = {"VISLEX_GALLERY": "/apps", "VISLEX_GALLERY_DEVICE": device}
    assert NamedGalleries.from_env(environ).gpu == gpu


@pytest.mark.parametrize("device", ["cuda", "gpu:", "gpu:x", "cpu:1", "GPU"])
def test_a_device_that_is_none_is_named(device: str) -> None:
    environ = {"VISLEX_GALLERY": "/apps", "VISLEX_GALLERY_DEVICE": device}
    with pytest.raises(InvalidOption, match=r"VISLEX_GALLERY_DEVICE .* expected cpu, gpu"):
        NamedGalleries.from_env(environ)

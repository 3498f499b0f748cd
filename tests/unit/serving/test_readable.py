"""Triton's workers get paths that a shell reads as one word, whatever those given look like."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from vislex.errors import GalleryCorrupt, ServerError
from vislex.live.snapshot import RefusedVersion
from vislex.serving import installation, readable
from vislex.serving.readable import is_plain, scratch_folder

ODD = (
    "my files",
    "仓库",
    "a'b",
    'a"b',
    "a$b",
    "a&b",
    "a;b",
    "(a)",
    "a\\b",
    "a*b",
    "a\nb",
    "é",
    "~a",
)


@pytest.mark.parametrize("name", ODD)
def test_a_path_that_a_shell_would_change_is_not_plain(name: str) -> None:
    assert not is_plain(Path("/srv") / name / "repository")


def test_usual_paths_are_plain() -> None:
    assert is_plain(Path("/opt/vislex/models-7.1/v_2@a+b"))


@pytest.mark.parametrize("name", ODD)
def test_a_repository_is_reached_through_a_link(name: str, tmp_path: Path) -> None:
    real = tmp_path / name / "repository"
    real.mkdir(parents=True)
    (real / "recipe.json").write_text("{}")
    with scratch_folder() as scratch, readable.readable(real, scratch) as plain:
        assert is_plain(plain)
        assert (plain / "recipe.json").read_text() == "{}"


def test_a_plain_repository_keeps_its_path(tmp_path: Path) -> None:
    with readable.readable(tmp_path, tmp_path) as plain:
        assert plain == tmp_path.resolve()


def test_an_error_names_the_repository_by_its_own_path(tmp_path: Path) -> None:
    real = tmp_path / "仓 库"
    real.mkdir()
    with (
        pytest.raises(ServerError, match=r"model file .*仓 库/ocr/1/model\.onnx is missing"),
        scratch_folder() as scratch,
        readable.readable(real, scratch) as plain,
    ):
        raise ServerError(f"model file {plain}/ocr/1/model.onnx is missing")


def test_temporary_files_follow_tmpdir_where_it_is_plain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch_folder() as scratch:
        assert scratch.parent == tmp_path


@pytest.mark.parametrize("name", ["tmp dir", "临时"])
def test_temporary_files_go_elsewhere_where_it_is_not(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))
    monkeypatch.setattr(readable, "_INSTEAD", (str(tmp_path / "none"), str(tmp_path)))
    with scratch_folder() as scratch:
        assert scratch.parent == tmp_path
    assert not scratch.exists()


def test_without_any_plain_place_the_start_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "a b"))
    monkeypatch.setattr(readable, "_INSTEAD", (str(tmp_path / "none"),))
    with pytest.raises(ServerError, match="expected TMPDIR to name a folder"), scratch_folder():
        pytest.fail("there is none")


@pytest.mark.skipif(installation.wheel_server() is None, reason="no server of the wheel here")
def test_a_python_in_an_odd_folder_is_reached_through_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my 环境").symlink_to(Path(sys.prefix))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "my 环境" / "bin" / "python3"))
    with scratch_folder() as scratch:
        found = installation.find_installation(scratch)
        first = Path(found.environment["PATH"].split(os.pathsep)[0])
        assert is_plain(first)
        assert (first / "python3").resolve() == Path(sys.prefix, "bin", "python3").resolve()
        # Workers look where they are started first, and find this vislex there.
        assert found.folder == scratch
        assert (scratch / "vislex").resolve() == Path(installation.__file__).parents[1]


@pytest.mark.skipif(installation.wheel_server() is None, reason="no server of the wheel here")
def test_a_colon_in_the_folder_of_python_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "a:b" / "bin" / "python3"))
    with scratch_folder() as scratch, pytest.raises(ServerError, match="has ':' in its path"):
        installation.find_installation(scratch)


def test_a_refusal_tells_a_path_that_python_could_not_decode() -> None:
    path = "图库/vectors.npy".encode().decode("ascii", "surrogateescape")
    reason = RefusedVersion.of("v000002", GalleryCorrupt(f"{path} is not as written"), 0.0).reason
    assert reason == "图库/vectors.npy is not as written"

"""A folder per label: what is an image of it, and that nothing is passed over in silence."""

import os
import shutil
import unicodedata
from pathlib import Path

import pytest

from index_builder.ingest.images import below, find_images
from tests.unit.index_builder.coloured import COLOURS, build, picture, run, stand_in
from vislex.errors import InvalidInput
from vislex.rows import Remarks
from vislex.screens.storage import open_gallery


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for label in ("red", "blue"):
        for i in range(2):
            picture(tmp_path / "images" / label / f"{i}.png", COLOURS[label], i)
    return tmp_path / "images"


def found(root: Path) -> tuple[list[str], dict[str, str], list[str]]:
    """Ids of the images, what was left out and why, and the notes."""
    remarks = Remarks()
    ids = [one.id for one in find_images(root, remarks)]
    return ids, {one.name: one.reason for one in remarks.left_out}, remarks.notes


IDS = ["blue/0.png", "blue/1.png", "red/0.png", "red/1.png"]


def test_what_is_passed_over_is_named(root: Path) -> None:
    for name in (
        "red/2026-11/1.png", "red/2026-11/deep/2.png", "red/a.jp2", "red/b.PSD", "red/notes.txt",
        "red/none", "red/.hidden.png", "top.png",
    ):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    (root / "red" / "link.png").symlink_to("nowhere.png")
    ids, left, notes = found(root)
    assert (ids, notes) == (IDS, [])
    assert sorted(left) == [
        "red/.hidden.png", "red/2026-11/1.png", "red/2026-11/deep/2.png", "red/a.jp2",
        "red/b.PSD", "red/link.png", "red/none", "red/notes.txt", "top.png",
    ]  # fmt: skip
    assert "subfolder" in left["red/2026-11/1.png"]
    assert left["red/a.jp2"].startswith(".jp2; images are .avif")
    assert left["top.png"] == "not in the folder of a label"


def test_what_systems_leave_is_not_worth_a_word(root: Path) -> None:
    for name in (
        "red/.DS_Store", "red/Thumbs.db", "red/._0.png", "__MACOSX/red/._0.png", ".git/a.png",
        "red/.cache/a.png", ".DS_Store",
    ):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    assert found(root) == (IDS, {}, [])


def test_links_in_a_circle_end(root: Path) -> None:
    (root / "red" / "up").symlink_to("..")
    assert found(root)[0] == IDS
    (root / "red" / "inner").mkdir()
    (root / "red" / "inner" / "round").symlink_to("..")
    picture(root / "red" / "inner" / "9.png", COLOURS["red"], 0)
    assert [path.name for path in below(root / "red" / "inner")] == ["9.png"]


def test_a_name_that_is_not_utf_8_is_left_out_alone(root: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    shutil.copy(root / "red" / "0.png", root / "red" / name)
    ids, left, _ = found(root)
    assert (ids, left) == (IDS, {f"red/{name}": "its name is not UTF-8"})
    built = build(root, tmp_path / "gallery")
    assert (built.images, built.remarks.left_out[0].name) == (4, f"red/{name}")


def test_a_folder_of_such_a_name_is_refused(root: Path) -> None:
    (root / "red").rename(root / os.fsdecode(b"caf\xe9"))
    with pytest.raises(InvalidInput, match=r"caf\\udce9' names no label: .* U\+DCE9"):
        found(root)


@pytest.mark.parametrize("name", ["other", " Other", "a\nb", " ", "\u200b", "x\x7f"])
def test_a_folder_that_names_no_label_stops_a_build(
    root: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "red").rename(root / name)
    with pytest.raises(InvalidInput, match="names no label: the label"):
        build(root, tmp_path / "gallery")


def test_folders_that_look_alike_are_one_label(root: Path, tmp_path: Path) -> None:
    for folder in (unicodedata.normalize("NFD", "Café"), "Caf\u00e9", "Caf\u00e9 "):
        picture(root / folder / "0.png", (9, 99, 9), len(folder))
    ids, _, notes = found(root)
    assert len(ids) == len(set(ids)) == 7
    assert len(notes) == 2
    assert all("are one label, 'Caf\u00e9'" in note for note in notes)
    build(root, tmp_path / "gallery")
    assert open_gallery(tmp_path / "gallery", None).labels == ("Caf\u00e9", "blue", "red")


@pytest.mark.parametrize("inner", ["red/2026/0.png", "red/0.jp2"])
def test_a_label_of_which_everything_is_passed_over_is_refused(root: Path, inner: str) -> None:
    shutil.rmtree(root / "red")
    (root / inner).parent.mkdir(parents=True, exist_ok=True)
    (root / inner).write_bytes(b"x")
    with pytest.raises(InvalidInput, match=r"red holds no image .*; 1 other files are in it or"):
        found(root)


def test_a_build_says_how_many_were_passed_over_even_where_it_is_up_to_date(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch)
    for i in range(7):
        picture(root / "red" / "2026" / f"{i}.png", COLOURS["red"], i)
    for word in ("published", "is up to date"):
        said = run(capsys, tmp_path / "gallery", "build", str(root))
        assert word in said
        assert "left out 7: red/2026/0.png, red/2026/1.png" in said
        assert "red/2026/4.png and 2 more: in a subfolder" in said
        assert "7 left out in all" in said

"""What an operator taught and set outlives every edit; a command that says so ends it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index_builder.build import build_gallery, merge_shards
from index_builder.ingest.learned import is_learned
from index_builder.ingest.pipeline import Shard
from index_builder.ingest.work import build_shard
from tests.unit.index_builder.coloured import (
    COLOURS,
    MODELS,
    STRANGE,
    build,
    coloured,
    picture,
    run,
    stand_in,
)
from tests.unit.index_builder.test_build import RECIPE, colour_infer
from vislex.errors import InvalidInput
from vislex.gallery.lock import locked
from vislex.gallery.versions import all_versions, current_version
from vislex.images.observe import Models
from vislex.screens.calibration import confidence_of
from vislex.screens.gallery import Gallery
from vislex.screens.storage import open_gallery

OTHERS = {"0.png", "1.png", "2.png"}


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return coloured(tmp_path / "images")


@pytest.fixture
def root(
    images: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A gallery with three known others, a rate, a least confidence and a learned image."""
    stand_in(monkeypatch)
    for i in range(3):
        picture(tmp_path / "others" / f"{i}.png", STRANGE, i)
    picture(tmp_path / "wrong.png", COLOURS["green"], 6)
    (tmp_path / "feedback.jsonl").write_text('{"image": "wrong.png", "label": "green"}\n')
    gallery = tmp_path / "gallery"
    build(images, gallery)
    run(
        capsys, gallery, "calibrate", "--others", str(tmp_path / "others"),
        "--least-confidence", "0.99", "--false-reject-rate", "0.1",
    )  # fmt: skip
    run(capsys, gallery, "learn", str(tmp_path / "feedback.jsonl"), "--publish-worse")
    return gallery


def check(root: Path, others: set[str] = OTHERS) -> Gallery:
    """The live gallery, which has all of it."""
    found = open_gallery(root, RECIPE)
    assert set(found.others.items.ids) == others
    assert found.others.vectors.shape == (len(others), RECIPE.dim)
    assert found.calibration.false_reject_rate == 0.1
    assert found.calibration.least_confidence == 0.99
    for judge in (found.calibration.with_text, found.calibration.without_text):
        assert confidence_of(judge.threshold) == pytest.approx(0.99)
    learned = [one for one in found.items if is_learned(one.id, one.sha256)]
    assert [one.label for one in learned] == ["green"]
    return found


EDITS = {
    "remove": ["remove", "red/1.png"],
    "remove and keep the calibration": ["remove", "red/1.png", "--calibrate", "keep"],
    "remove a label": ["remove", "--label", "blue"],
    "relabel": ["relabel", "red/1.png", "--to", "sky"],
    "relabel a label": ["relabel", "--label", "blue", "--to", "sky"],
    "add": ["add", "more"],
    "add a replacement": ["add", "images"],
    "learn": ["learn", "other.jsonl", "--publish-worse"],
    "calibrate": ["calibrate"],
    "build": ["build", "images"],
    "build with another index": ["build", "images", "--index", "flat16"],
    "build of a server's models": ["build", "images", "--url", "localhost:1"],
}


@pytest.mark.parametrize("words", EDITS.values(), ids=list(EDITS))
def test_what_was_taught_and_set_outlives_an_edit(
    root: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    picture(tmp_path / "more" / "red" / "9.png", COLOURS["red"], 9)
    picture(tmp_path / "images" / "red" / "3.png", (200, 0, 0), 0)
    picture(tmp_path / "second.png", COLOURS["blue"], 5)
    (tmp_path / "other.jsonl").write_text('{"image": "second.png", "label": "blue"}\n')
    before = current_version(root)
    words = [str(tmp_path / word) if (tmp_path / word).exists() else word for word in words]
    if words[0] == "learn":
        run(capsys, root, *words)
        assert len(open_gallery(root, RECIPE).others) == 3
    else:
        run(capsys, root, *words)
        check(root)
    assert current_version(root) > before
    run(capsys, root, "remove", "red/2.png")  # and the edit after it
    assert len(open_gallery(root, RECIPE).others) == 3


def test_a_gallery_that_is_up_to_date_is_so_with_what_was_learned(
    root: Path, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    version = current_version(root)
    assert f"{version} is up to date, 13 images" in run(capsys, root, "build", str(images))
    manifest = images / "m.csv"
    rows = [f"{path.relative_to(images)},{path.parent.name}" for path in sorted(images.glob("*/*"))]
    manifest.write_text("path,label\n" + "\n".join(rows) + "\n")
    assert f"{version} is up to date, 13 images" in run(capsys, root, "build", str(manifest))


def test_a_build_says_what_it_keeps_and_what_it_turns_back(
    root: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, root, "relabel", "red/1.png", "--to", "sky")
    said = run(capsys, root, "build", str(images))
    assert "1 learned image is kept: learned-" in said
    assert "1 image has another label than before: red/1.png: sky -> red" in said
    check(root)
    shutil.copy(tmp_path / "wrong.png", images / "green" / "new.png")
    shutil.copy(tmp_path / "others" / "1.png", images / "red" / "orange.png")
    said = run(capsys, root, "build", str(images))
    assert "1 known other is among the images now" in said
    found = open_gallery(root, RECIPE)
    assert set(found.others.items.ids) == {"0.png", "2.png"}
    assert len(found.items) == 14  # the learned one is among them, under its own name
    assert "green/new.png" in found.items.ids
    (images / "red" / "orange.png").unlink()
    (images / "green" / "new.png").unlink()
    run(capsys, root, "rollback")
    shutil.copy(tmp_path / "wrong.png", images / "blue" / "new.png")
    said = run(capsys, root, "build", str(images))
    assert " was learned to be 'green'; its image is of 'blue' now" in said


def test_a_build_names_removed_images_that_come_back(
    root: Path, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, root, "remove", "red/1.png", "--label", "blue")
    picture(images / "red" / "new.png", COLOURS["red"], 9)
    (images / "blue" / "3.png").rename(images / "blue" / "renamed.png")
    said = run(capsys, root, "build", str(images))
    back = "blue/0.png, blue/1.png, blue/2.png, blue/renamed.png, red/1.png"
    assert "note: 5 images are back that the version before did not have" in said
    assert f"an older one had: {back}; `remove` undoes that" in said
    (images / "red" / "new.png").rename(images / "red" / "newer.png")
    assert " back that " not in run(capsys, root, "build", str(images))
    run(capsys, root, "remove", "red/1.png")
    assert "note: 1 image is back that" in run(capsys, root, "build", str(images))


def test_a_slip_in_a_table_takes_no_label_away(
    root: Path, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = sorted(path.relative_to(images) for path in images.glob("*/*.png"))
    rows = [f"{path},{path.parent},A1{', x' * (path.parent.name == 'red')}" for path in paths]
    manifest = images / "m.csv"
    manifest.write_text("path,label,phone\n" + "\n".join(rows) + "\n")
    said = run(capsys, root, "build", str(manifest), status=1)
    assert "red would have no image any more, and 4 rows cannot be used, the first m.csv" in said
    check(root)
    run(capsys, root, "remove", "--label", "red")
    assert "left out 4: m.csv line 10" in run(capsys, root, "build", str(manifest))
    assert set(check(root).labels) == {"blue", "green"}


def test_shards_keep_it_too(root: Path, images: Path, tmp_path: Path) -> None:
    picture(images / "red" / "9.png", COLOURS["red"], 9)
    for shard in (0, 1):
        build_shard(images, tmp_path / "work", MODELS, RECIPE, Shard(shard, 2))
    with locked(root) as lock:
        merge_shards(lock, tmp_path / "work", 2, "flat")
    assert len(check(root).items) == 14


def test_other_models_do_not_take_it_in_silence(root: Path, images: Path) -> None:
    newer = replace(RECIPE, encoder="f" * 64)

    def again(forget: bool) -> None:
        build_gallery(
            images, root, models=Models(colour_infer, (), newer.dim), recipe=newer, forget=forget
        )

    with pytest.raises(InvalidInput, match=r"1 learned image and 3 known others.*--forget-taught"):
        again(False)
    check(root)
    again(True)
    assert len(open_gallery(root, newer).others) == 0


def test_it_goes_where_a_command_says_so(
    root: Path, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, root, "build", str(images), "--forget-taught")
    found = open_gallery(root, RECIPE)
    assert (len(found.others), len(found.items)) == (0, 12)
    assert found.calibration.least_confidence is None
    assert found.calibration.false_reject_rate == 0.02


def test_a_live_version_that_cannot_be_read_is_not_forgotten(
    root: Path, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = current_version(root)
    path = root / live / "others.npy"
    path.write_bytes(path.read_bytes()[:-1])
    said = run(capsys, root, "build", str(images), status=1)
    assert "others.npy is not as written" in said
    assert "--forget-taught" in said
    assert all_versions(root)[-1] == live
    run(capsys, root, "rollback")
    picture(images / "red" / "9.png", COLOURS["red"], 9)
    run(capsys, root, "build", str(images))
    assert len(open_gallery(root, RECIPE).others) == 3


def test_a_first_build_that_was_killed_before_its_last_step_holds_up_no_other(
    images: Path, tmp_path: Path
) -> None:
    build(images, tmp_path / "gallery")
    for name in ("CURRENT", "PUBLISHED"):
        (tmp_path / "gallery" / name).unlink()
    assert build(images, tmp_path / "gallery").version == "v000002"


def test_going_back_says_what_was_taught(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "3 known others, false-reject rate 0.1, known from confidence 0.99"
    said = run(capsys, root, "rollback")  # from what was learned to what was calibrated
    assert f"it was taught: {words}" in said
    said = run(capsys, root, "rollback")
    assert "it was taught: nothing" in said
    assert f"note: what was live before was taught: {words}" in said
    run(capsys, root, "publish", "v000003")
    run(capsys, root, "remove", "red/1.png")
    check(root)


def test_a_learned_image_counts_as_taught(
    root: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, root, "build", str(images), "--forget-taught")
    assert "taught: nothing beyond the images" in run(capsys, root, "stats")
    run(capsys, root, "learn", str(tmp_path / "feedback.jsonl"), "--publish-worse")
    assert "taught: 1 learned image\n" in run(capsys, root, "stats")
    assert "; 1 learned image\n" in run(capsys, root, "list")
    said = run(capsys, root, "diff", "v000004", "v000005")
    assert "v000004 was taught: nothing\nv000005 was taught: 1 learned image\n" in said


def test_it_is_shown(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "3 known others, 1 learned image, false-reject rate 0.1, known from confidence 0.99"
    said = run(capsys, root, "list")
    assert (
        f"* v000003  13 images, flat, source {open_gallery(root, None).source[:12]}; {words}"
        in said
    )
    assert "        3  known to be `other`" in said
    assert run(capsys, root, "list", "--label", "other").split() == sorted(OTHERS)
    said = run(capsys, root, "show", "1.png")
    assert "label     known to be `other`" in said
    assert "like it   " in said
    (learned,) = [one.id for one in open_gallery(root, None).items if one.id.startswith("learned-")]
    assert "learned   yes" in run(capsys, root, "show", learned)
    assert "learned   yes" not in run(capsys, root, "show", "red/1.png")
    assert f"taught: {words}" in run(capsys, root, "stats")
    said = run(capsys, root, "diff", "v000001", "v000003")
    assert f"v000001 was taught: nothing\nv000003 was taught: {words}" in said
    out = tmp_path / "out"
    said = run(capsys, root, "export", "--out", str(out))
    rows = [json.loads(line) for line in (out / "others.jsonl").read_text().splitlines()]
    assert {row["id"] for row in rows} == OTHERS
    assert all(row["label"] == "other" and row["lines"] == [] for row in rows)
    assert np.load(out / "others.npy").shape == (3, RECIPE.dim)
    assert json.loads((out / "calibration.json").read_text())["least_confidence"] == 0.99


def test_an_added_picture_is_of_its_label_and_known_to_be_other_no_longer(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "more" / "orange").mkdir(parents=True)
    shutil.copy(tmp_path / "others" / "1.png", tmp_path / "more" / "orange" / "a.png")
    said = run(capsys, root, "add", str(tmp_path / "more"))
    assert "known others: 3 -> 2, as they are of a label now" in said
    check(root, {"0.png", "2.png"})


def test_the_same_file_under_two_labels_is_said(
    root: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "more" / "sky").mkdir(parents=True)
    shutil.copy(images / "red" / "1.png", tmp_path / "more" / "sky" / "a.png")
    said = run(capsys, root, "add", str(tmp_path / "more"))
    assert "note: red/1.png and sky/a.png are the same file under two labels" in said
    said = run(capsys, root, "remove", "red/2.png")
    assert "the same file" not in said  # once is enough
    shutil.copy(images / "red" / "1.png", images / "blue" / "copy.png")
    said = run(capsys, root, "build", str(images))
    assert "note: blue/copy.png and red/1.png are the same file under two labels" in said


@pytest.mark.parametrize("to", ["other", "", " ", "a\nb", "a\0b", "\ud83d"])
def test_relabelling_takes_no_name_that_is_none(
    root: Path, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["red/1.png"], ["--label", "red"]):
        assert "the label" in run(capsys, root, "relabel", *words, "--to", to, status=1)
    assert all_versions(root) == ["v000001", "v000002", "v000003"]


def test_relabelling_takes_the_plain_form_of_a_name(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, root, "relabel", "red/1.png", "--to", " Cafe\u0301\n")
    assert "Caf\u00e9" in open_gallery(root, RECIPE).labels


def test_a_kind_of_index_is_kept_until_another_is_asked_for(
    root: Path, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (words, kind) in enumerate(
        [(["--index", "flat16"], "flat16"), ([], "flat16"), (["--index", "flat"], "flat")]
    ):
        picture(images / "red" / f"1{number}.png", COLOURS["red"], number)
        run(capsys, root, "build", str(images), *words)
        assert check(root).index.kind == kind


def test_labels_of_an_older_gallery_are_told_and_can_be_put_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the golden file holds: `other`, an empty one, a line break, NFD beside NFC, a NUL."""
    root = tmp_path / "gallery"
    shutil.copytree(Path(__file__).parents[1] / "gallery" / "golden" / "gallery-schema-3", root)
    said = run(capsys, root, "list")
    assert "the label '' is empty" in said
    assert "the label ' shop\\n' would be 'shop' today" in said
    assert r"the label 'Cafe\u0301' would be" in said
    assert run(capsys, root, "list", "--label", "shop").split() == ["3.png"]
    run(capsys, root, "relabel", "--label", "shop", "--to", "shop")
    run(capsys, root, "relabel", "--label", "Cafe\u0301", "--to", "Cafe\u0301")
    run(capsys, root, "relabel", "--label", "", "--to", "blank")
    run(capsys, root, "remove", "--label", "a\0b", "--label", "other")
    found = open_gallery(root, None)
    assert list(found.items.labels) == ["loan", "blank", "shop", "Caf\u00e9", "Caf\u00e9"]
    assert "note:" not in run(capsys, root, "list")

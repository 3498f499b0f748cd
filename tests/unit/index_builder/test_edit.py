"""Changing a gallery, by the functions and by the commands; models are stand-ins."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from index_builder.__main__ import main
from index_builder.build import build_gallery
from index_builder.edit import (
    add_images,
    calibrated,
    change_of,
    keep_rows,
    relabel_images,
    remove_images,
)
from index_builder.ingest.work import work_of
from tests.unit.gallery.tiny import files_of, tiny_gallery
from tests.unit.index_builder.coloured import MODELS, build, coloured, picture, run
from tests.unit.index_builder.test_build import RECIPE, colour_infer
from vislex.contract.spec import ModelSpec, Tensors
from vislex.errors import InvalidInput, ModelFailed
from vislex.gallery.index import all_vectors
from vislex.gallery.lock import locked
from vislex.gallery.versions import all_versions, current_version
from vislex.images.observe import Models
from vislex.rows import Remarks
from vislex.screens.gallery import Gallery
from vislex.screens.storage import open_gallery, publish_gallery


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return coloured(tmp_path / "images")


@pytest.fixture
def root(images: Path, tmp_path: Path) -> Path:
    build(images, tmp_path / "gallery")
    return tmp_path / "gallery"


def same(a: Gallery, b: Gallery) -> bool:
    """The same images, vectors and words, whatever their order."""
    orders = [np.argsort(one.items.ids) for one in (a, b)]
    return (
        [a.items[i] for i in orders[0]] == [b.items[i] for i in orders[1]]
        and np.array_equal(all_vectors(a.index)[orders[0]], all_vectors(b.index)[orders[1]])
        and a.lexicon.vocabulary == b.lexicon.vocabulary
        and (a.labels, a.source) == (b.labels, b.source)
    )


def test_adding_in_two_parts_is_as_building_at_once(images: Path, tmp_path: Path) -> None:
    (images / "red").rename(tmp_path / "later-red")
    build(images, tmp_path / "parts")
    (tmp_path / "later").mkdir()
    (tmp_path / "later-red").rename(tmp_path / "later" / "red")
    gallery = open_gallery(tmp_path / "parts", RECIPE)
    remarks = Remarks()
    grown = add_images(gallery, tmp_path / "parts", tmp_path / "later", MODELS, remarks)
    (tmp_path / "later" / "red").rename(images / "red")
    build(images, tmp_path / "whole")
    whole = open_gallery(tmp_path / "whole", RECIPE)
    assert remarks == Remarks()
    assert same(grown, whole)
    assert calibrated(grown, None)[0].calibration.visual == whole.calibration.visual
    assert not work_of(tmp_path / "parts", "add").exists()


def test_an_added_id_replaces_the_image_it_had(root: Path, tmp_path: Path) -> None:
    picture(tmp_path / "more" / "red" / "2.png", (0, 0, 0), 0)
    gallery = open_gallery(root, RECIPE)
    before = gallery.items
    grown = add_images(gallery, root, tmp_path / "more", MODELS, Remarks())
    change = change_of(before, grown.items)
    assert (change.added, change.removed, change.replaced) == ((), (), ("red/2.png",))
    assert len(grown.items) == 12


def test_what_is_removed_was_never_there(images: Path, root: Path, tmp_path: Path) -> None:
    less = remove_images(open_gallery(root, RECIPE), {"red/1.png"}, {"blue"})
    (images / "red" / "1.png").unlink()
    for path in (images / "blue").iterdir():
        path.unlink()
    (images / "blue").rmdir()
    build(images, tmp_path / "fresh")
    assert same(less, open_gallery(tmp_path / "fresh", RECIPE))


def test_a_relabelled_gallery_is_as_built_with_those_labels(
    images: Path, root: Path, tmp_path: Path
) -> None:
    gallery = open_gallery(root, RECIPE)
    found = relabel_images(gallery, {"red/1.png": "green"}, {"blue": "sky"})
    assert dict(zip(found.items.ids, found.items.labels, strict=True)) == {
        **{f"{label}/{i}.png": label for label in ("green", "red") for i in range(4)},
        **{f"blue/{i}.png": "sky" for i in range(4)},
        "red/1.png": "green",
    }
    assert found.labels == ("green", "red", "sky")
    assert found.source != gallery.source


@pytest.mark.parametrize("seed", range(4))
def test_any_run_of_edits_leaves_what_a_table_of_labels_says(seed: int, tmp_path: Path) -> None:
    """Random removals, relabelling, publishing and going back, against a dict of ids."""
    chance = random.Random(seed)
    draft = tiny_gallery(seed, count=12)
    with locked(tmp_path) as lock:
        publish_gallery(lock, draft)
    tables = {"v000001": dict(zip(draft.items.ids, draft.items.labels, strict=True))}
    for _ in range(25):
        live = current_version(tmp_path)
        gallery, table = open_gallery(tmp_path, None), dict(tables[live])
        some = chance.sample(sorted(table), k=min(2, len(table)))
        step = chance.choice(["remove", "relabel", "label", "rollback", "gc"])
        if step == "rollback":
            name = chance.choice(all_versions(tmp_path))
            assert main(["publish", name, "--gallery", str(tmp_path)]) == 0
            continue
        if step == "gc":
            assert main(["gc", "--keep", "3", "--gallery", str(tmp_path)]) == 0
            assert current_version(tmp_path) == live
            continue
        if step == "remove" and len(table) > 3:
            gallery = remove_images(gallery, set(some), set())
            table = {i: label for i, label in table.items() if i not in some}
        elif step == "relabel":
            gallery = relabel_images(gallery, dict.fromkeys(some, "moved"), {})
            table |= dict.fromkeys(some, "moved")
        else:
            gallery = relabel_images(gallery, {}, {gallery.labels[0]: "renamed"})
            first = min(table.values())
            table = {i: "renamed" if label == first else label for i, label in table.items()}
        with locked(tmp_path) as lock:
            tables[publish_gallery(lock, gallery)] = table
        for name in all_versions(tmp_path):
            found = open_gallery(tmp_path, None, name)
            assert dict(zip(found.items.ids, found.items.labels, strict=True)) == tables[name]
            assert len(found.lexicon.texts) == found.index.count == len(tables[name])


@pytest.mark.parametrize(
    ("ids", "labels", "words"),
    [
        ({"none.png"}, (), "has no none.png"),
        ((), {"pink"}, "has no pink"),
        ((), {"red", "green", "blue"}, "every image of the gallery"),
    ],
)
def test_what_cannot_be_removed_is_named(root: Path, ids, labels, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput, match=words):
        remove_images(open_gallery(root, RECIPE), set(ids), set(labels))


def test_keeping_every_row_changes_nothing(root: Path) -> None:
    gallery = open_gallery(root, RECIPE)
    assert keep_rows(gallery, np.arange(12)) is gallery


def test_a_kept_calibration_forgets_labels_that_are_gone(root: Path) -> None:
    gallery = remove_images(open_gallery(root, RECIPE), set(), {"blue"})
    kept, word = calibrated(gallery, False)
    assert "kept" in word
    assert set(kept.calibration.shifts) <= {"green", "red"}
    assert kept.calibration.visual == gallery.calibration.visual


def test_every_command_says_what_it_did(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = run(capsys, root, "remove", "red/1.png", "--dry-run")
    assert "would remove 1: red/1.png" in said
    assert all_versions(root) == ["v000001"]
    said = run(capsys, root, "remove", "red/1.png")
    assert "remove 1: red/1.png" in said
    assert "red: 4 -> 3 images" in said
    assert "v000002 published, 11 images; calibration learned again" in said
    said = run(capsys, root, "relabel", "--label", "blue", "--to", "sky", "--calibrate", "keep")
    assert "relabel 4: blue/0.png: blue -> sky" in said
    assert "v000003 published" in said
    said = run(capsys, root, "relabel", "blue/0.png", "--to", "sky")
    assert "nothing to do" in said
    said = run(capsys, root, "diff", "v000001", "v000003")
    assert "- red/1.png" in said
    assert "~ blue/0.png: blue -> sky" in said
    said = run(capsys, root, "list")
    assert "* v000003  11 images, flat, source" in said
    assert "  v000001  12 images" in said
    assert "4  sky" in said
    assert run(capsys, root, "list", "--label", "red").split() == [
        "red/0.png", "red/2.png", "red/3.png",
    ]  # fmt: skip
    said = run(capsys, root, "show", "red/0.png")
    assert "label     red" in said
    assert "red/2.png" in said
    said = run(capsys, root, "rollback")
    assert "live is v000002, 11 images of 3 labels" in said
    assert current_version(root) == "v000002"
    assert "would make live v000003" in run(capsys, root, "publish", "v000003", "--dry-run")
    assert "live is v000003" in run(capsys, root, "publish", "v000003")
    assert "would delete v000001; kept v000002, v000003" in run(
        capsys, root, "gc", "--keep", "2", "--dry-run"
    )
    assert "deleted v000001" in run(capsys, root, "gc", "--keep", "2")
    assert run(capsys, root, "verify").split("\n")[:2] == [
        "v000002: whole, 11 images", "v000003 (live): whole, 11 images",
    ]  # fmt: skip


def test_a_broken_version_is_told_by_verify_and_cannot_be_published(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, root, "remove", "red/1.png")
    path = root / "v000001" / "items.jsonl"
    path.write_bytes(path.read_bytes().replace(b"red", b"bed"))
    said = run(capsys, root, "verify", status=1)
    assert "v000001: gallery file" in said
    assert "v000002 (live): whole" in said
    before = files_of(root)
    assert "is not as written" in run(capsys, root, "rollback", status=1)
    assert "is not as written" in run(capsys, root, "publish", "v000001", status=1)
    assert (current_version(root), files_of(root)) == ("v000002", before)
    assert "cannot be used" in run(capsys, root, "list")


def test_a_gallery_whose_pointer_is_torn_can_be_looked_at_and_put_right(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, root, "remove", "red/1.png")
    (root / "CURRENT").write_bytes(b"v0000")
    for words in (["verify"], ["list"]):
        said = run(capsys, root, *words, status=1)
        assert "CURRENT names 'v0000', which is no version" in said
        assert "makes one of v000001, v000002 live" in said
        assert "v000002: whole" in said or "  v000002  11 images" in said
    assert "'v0000'" in run(capsys, root, "gc", "--keep", "1", status=1)  # which one to keep?
    assert all_versions(root) == ["v000001", "v000002"]
    assert "live is v000002" in run(capsys, root, "rollback")  # which was live last
    assert "live is v000001" in run(capsys, root, "rollback")


def test_going_back_skips_what_was_never_published(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with locked(root) as lock:
        publish_gallery(lock, open_gallery(root, None), publish=False)
    run(capsys, root, "remove", "red/1.png")
    assert current_version(root) == "v000003"
    assert "live is v000001" in run(capsys, root, "rollback")


def test_gc_keeps_what_is_live(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(3):
        run(capsys, root, "remove", f"red/{i}.png")
    run(capsys, root, "publish", "v000001")
    run(capsys, root, "gc", "--keep", "1")
    assert all_versions(root) == ["v000001", "v000004"]
    run(capsys, root, "remove", "red/0.png")
    run(capsys, root, "gc", "--keep", "2")  # the way back stays: v000001
    assert all_versions(root) == ["v000001", "v000004", "v000005"]
    run(capsys, root, "rollback")
    assert "--keep is 0" in run(capsys, root, "gc", "--keep", "0", status=2)
    assert "no version before v000001" in run(capsys, root, "rollback", status=1)


@pytest.mark.parametrize(
    "words",
    [["remove", "a"], ["rollback"], ["publish", "v000001"], ["gc", "--keep", "1"], ["list"]],
)
def test_where_there_is_no_gallery_none_is_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert "no gallery at" in run(capsys, tmp_path / "typo", *words, status=1)
    assert not (tmp_path / "typo").exists()


def test_an_encoder_that_answers_nothing_finite_ends_a_build(images: Path, tmp_path: Path) -> None:
    def broken(model: ModelSpec, inputs: Tensors) -> Tensors:
        return {name: found * np.nan for name, found in colour_infer(model, inputs).items()}

    with pytest.raises(ModelFailed, match=r"red/0.png|blue/0.png"):
        build_gallery(images, tmp_path / "g", models=Models(broken, (), RECIPE.dim), recipe=RECIPE)
    assert all_versions(tmp_path / "g") == []


def test_an_export_is_plain_files(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run(capsys, root, "export", "--out", str(out))
    rows = [json.loads(line) for line in (out / "images.jsonl").read_text().splitlines()]
    gallery = open_gallery(root, None)
    assert [row["id"] for row in rows] == list(gallery.items.ids)
    np.testing.assert_array_equal(np.load(out / "vectors.npy"), all_vectors(gallery.index))
    assert json.loads((out / "recipe.json").read_text()) == RECIPE.to_json()
    assert "is not empty" in run(capsys, root, "export", "--out", str(out), status=1)

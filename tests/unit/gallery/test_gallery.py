from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vislex.errors import GalleryCorrupt, GalleryMismatch, GalleryMissing
from vislex.gallery.index import all_vectors, flat_index, nearest
from vislex.gallery.items import Item, Items
from vislex.gallery.lock import locked
from vislex.gallery.recipe import Recipe
from vislex.gallery.versions import current_version, write_version
from vislex.ocr.lines import Line
from vislex.screens.calibration import uncalibrated
from vislex.screens.gallery import assemble, without
from vislex.screens.storage import open_gallery, publish_gallery

RECIPE = Recipe(encoder="e" * 64, dim=8, max_num_patches=256, ocr="r" * 64, canvas_side_px=960)
QUAD = ((1.0, 2.0), (30.0, 2.0), (30.0, 9.5), (1.0, 9.5))
ITEMS = [Item.of(f"app/{i}.png", "app", (Line(f"额度{i}\u2028", 0.5, QUAD),)) for i in range(6)]
FILES = ("vectors.npy", "items.jsonl", "lines.jsonl", "texts.npz", "calibration.json")
CALIBRATION = replace(uncalibrated(), false_reject_rate=0.25, shifts={"app": -0.5})


def unit_vectors(count: int, dim: int = 8, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def publish(root: Path, seed: int = 0) -> str:
    index = flat_index(unit_vectors(len(ITEMS), seed=seed))
    gallery = assemble("", Items.of(ITEMS), index, CALIBRATION, RECIPE, source=str(seed))
    with locked(root) as lock:
        return publish_gallery(lock, gallery)


def test_a_gallery_opens_as_it_was_published(tmp_path: Path) -> None:
    assert publish(tmp_path) == "v000001"
    found = open_gallery(tmp_path, RECIPE)
    assert (found.version, list(found.items), found.recipe) == ("v000001", ITEMS, RECIPE)
    assert found.calibration == CALIBRATION
    np.testing.assert_array_equal(all_vectors(found.index), unit_vectors(6))


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        publish(tmp_path / name)
    a, b = (sorted((tmp_path / name / "v000001").iterdir()) for name in ("a", "b"))
    assert [p.read_bytes() for p in a] == [p.read_bytes() for p in b]


def test_versions_are_numbered_and_the_newest_is_live(tmp_path: Path) -> None:
    assert [publish(tmp_path, seed) for seed in range(3)] == ["v000001", "v000002", "v000003"]
    assert current_version(tmp_path) == "v000003"


def test_rollback_is_moving_the_pointer(tmp_path: Path) -> None:
    publish(tmp_path, 0), publish(tmp_path, 1)
    (tmp_path / "CURRENT").write_text("v000001\n")
    assert open_gallery(tmp_path, RECIPE).version == "v000001"


def test_a_write_that_fails_leaves_what_was_live(tmp_path: Path) -> None:
    publish(tmp_path)

    def fail(folder: Path) -> None:
        (folder / "vectors.npy").write_bytes(b"half")
        raise OSError("disk full")

    with locked(tmp_path) as lock, pytest.raises(OSError, match="disk full"):
        write_version(lock, fail)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".lock", "CURRENT", "PUBLISHED", "v000001",
    ]  # fmt: skip
    assert open_gallery(tmp_path, RECIPE).version == "v000001"


def test_a_gallery_without_rows_is_as_if_they_had_never_been_in_it(tmp_path: Path) -> None:
    publish(tmp_path)
    found = without(open_gallery(tmp_path, RECIPE), [0, 4])
    assert [item.id for item in found.items] == [f"app/{i}.png" for i in (1, 2, 3, 5)]
    np.testing.assert_array_equal(all_vectors(found.index), unit_vectors(6)[[1, 2, 3, 5]])
    assert (found.lexicon.labels, found.lexicon.counts_of(0).images) == (("app",), 4)


@pytest.mark.parametrize("top_k", [1, 5, 50])
def test_nearest_equals_brute_force(top_k: int) -> None:
    gallery, queries = unit_vectors(30, dim=16), unit_vectors(7, dim=16, seed=1)
    found = nearest(flat_index(gallery), queries, top_k)
    cosines = queries @ gallery.T
    order = np.argsort(-cosines, axis=1)[:, :top_k]
    np.testing.assert_array_equal(found.rows, order)
    np.testing.assert_allclose(found.similarity, np.take_along_axis(cosines, order, 1), atol=1e-6)


@pytest.mark.parametrize("name", ["manifest.json", *FILES])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / publish(tmp_path) / name).unlink()
    with pytest.raises(GalleryMissing, match=name):
        open_gallery(tmp_path, RECIPE)


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_caught(tmp_path: Path, name: str) -> None:
    path = tmp_path / publish(tmp_path) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(GalleryCorrupt, match=f"{name} is not as written"):
        open_gallery(tmp_path, RECIPE)


@pytest.mark.parametrize("text", ["", "{", '{"schema": 99}', '{"schema": 2}', "[]"])
def test_a_damaged_manifest_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / publish(tmp_path) / "manifest.json").write_text(text)
    with pytest.raises(GalleryCorrupt, match=r"manifest\.json"):
        open_gallery(tmp_path, RECIPE)


def test_no_gallery_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(GalleryMissing, match="vislex-index build"):
        open_gallery(tmp_path / "none", RECIPE)


@pytest.mark.parametrize("name", ["", "v9", "../v000001", "v000009"])
def test_a_pointer_to_nothing_is_named(tmp_path: Path, name: str) -> None:
    publish(tmp_path)
    (tmp_path / "CURRENT").write_text(name)
    with pytest.raises(GalleryMissing, match="CURRENT"):
        open_gallery(tmp_path, RECIPE)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("encoder", replace(RECIPE, encoder="f" * 64)),
        ("dim", replace(RECIPE, dim=1152)),
        ("ocr", replace(RECIPE, ocr="s" * 64)),
    ],
)
def test_another_recipe_is_refused_by_name(tmp_path: Path, field: str, expected: Recipe) -> None:
    publish(tmp_path)
    with pytest.raises(GalleryMismatch, match=f"{field} .* expected"):
        open_gallery(tmp_path, expected)

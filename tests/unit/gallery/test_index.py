"""Every kind of index against brute force, and what is kept of an approximate one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from loadtest.synthetic import synthetic_vectors
from tests.unit.gallery.tiny import RECIPE, files_of, unit_vectors
from vislex.errors import GalleryCorrupt, InvalidInput
from vislex.gallery.index import APPROXIMATE, KINDS, Kind, all_vectors, cosines, nearest
from vislex.gallery.index_build import TARGET, build_index, extended
from vislex.gallery.index_files import write_vectors
from vislex.gallery.items import Item, Items
from vislex.gallery.lock import locked
from vislex.screens.calibration import uncalibrated
from vislex.screens.gallery import assemble
from vislex.screens.storage import open_gallery, publish_gallery

COUNT, DIM = 1500, 16


def clustered(count: int = COUNT, seed: int = 0) -> NDArray[np.float32]:
    """Vectors round 60 directions, as images of as many labels are."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(size=(60, DIM))
    vectors = centres[chance.integers(0, 60, count)] + 0.5 * chance.normal(size=(count, DIM))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def truth(vectors: NDArray[np.float32], queries: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    return np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :k]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_finds_the_neighbours_brute_force_finds(kind: Kind) -> None:
    vectors, queries = clustered(), clustered(50, seed=1)
    index = build_index(vectors, kind)
    found = nearest(index, queries, 10)
    expected = truth(vectors, queries, 10)
    shared = [
        len(set(a) & set(b)) for a, b in zip(found.rows.tolist(), expected.tolist(), strict=True)
    ]
    assert np.mean(shared) / 10 >= TARGET - 0.03  # other queries than those it was measured with
    exact = np.take_along_axis(queries @ vectors.T, found.rows, axis=1)
    np.testing.assert_allclose(found.similarity, exact, atol=2e-3 if kind != "flat" else 1e-6)
    assert (np.diff(found.similarity, axis=1) <= 1e-6).all()


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_the_recall_is_reached_where_most_lies_in_a_few_directions(kind: Kind) -> None:
    """Compressed vectors of such labels are hard to tell apart: with 100 candidates 0.82."""
    assert build_index(synthetic_vectors(6000, DIM, 100), kind).recall["recall"] >= TARGET


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_come_back_as_they_were_stored(kind: Kind) -> None:
    vectors = clustered()
    index = build_index(vectors, kind)
    stored = vectors.astype(np.float16) if kind in ("flat16", "ivfpq") else vectors
    rows = np.array([3, 1499, 0])
    np.testing.assert_array_equal(index.vectors(rows), stored[rows].astype(np.float32))
    np.testing.assert_array_equal(all_vectors(index), stored)
    expected = stored[rows].astype(np.float32) @ vectors[7]
    np.testing.assert_allclose(cosines(index, vectors[7], rows), expected, atol=1e-6)


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_a_search_never_answers_fewer_rows_than_asked(kind: Kind) -> None:
    """Of one cell of near-copies more are asked for than the cells that are searched hold."""
    index = build_index(clustered(), kind)
    found = nearest(index, clustered(5, seed=2), 400)
    assert found.rows.shape == (5, 400)
    assert (found.rows >= 0).all()
    assert all(len(set(rows)) == 400 for rows in found.rows.tolist())


@pytest.mark.parametrize("kind", KINDS)
def test_a_grown_index_finds_the_new_vectors(kind: Kind) -> None:
    vectors, more = clustered(), clustered(40, seed=3)
    index = extended(build_index(vectors, kind), more)
    assert index.count == COUNT + 40
    found = nearest(index, more, 1)
    assert np.mean(found.rows[:, 0] == np.arange(COUNT, COUNT + 40)) > 0.9
    assert ("recall" in index.recall) == (kind in APPROXIMATE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_published_index_opens_the_same_and_repeats_byte_for_byte(
    tmp_path: Path, kind: Kind
) -> None:
    vectors = clustered()
    recipe = replace(RECIPE, dim=DIM)
    items = Items.of(Item(f"a/{i}", f"label{i % 60}") for i in range(COUNT))
    for name in ("one", "two"):
        draft = assemble("", items, build_index(vectors, kind), uncalibrated(), recipe)
        with locked(tmp_path / name) as lock:
            publish_gallery(lock, draft)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    index = open_gallery(tmp_path / "one", recipe).index
    fresh = build_index(vectors, kind)
    assert (index.kind, index.count, index.dim, index.recall) == (kind, COUNT, DIM, fresh.recall)
    queries = clustered(20, seed=5)
    np.testing.assert_array_equal(nearest(index, queries, 7).rows, nearest(fresh, queries, 7).rows)


def test_an_index_of_another_kind_than_the_manifest_says_is_refused(tmp_path: Path) -> None:
    vectors = clustered()
    items = Items.of(Item(f"a/{i}", "a") for i in range(COUNT))
    index = build_index(vectors, "ivf")
    wrong = replace(index, searched=build_index(vectors, "hnsw").searched)
    draft = assemble("", items, wrong, uncalibrated(), replace(RECIPE, dim=DIM))
    with locked(tmp_path) as lock:
        publish_gallery(lock, draft)
    with pytest.raises(GalleryCorrupt, match=r"index\.faiss says .*'hnsw'.*not \('ivf'"):
        open_gallery(tmp_path, None)


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_too_few_vectors_for_an_approximate_index_are_refused(kind: Kind) -> None:
    with pytest.raises(InvalidInput, match=r"needs 1000 images or more.*has 20"):
        build_index(unit_vectors(20), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_written_as_numpy_would(tmp_path: Path, kind: Kind) -> None:
    vectors = np.random.default_rng(5).normal(size=(4100, 16)).astype(np.float32)  # two blocks
    index = build_index(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), kind)
    write_vectors(index, tmp_path / "blocks.npy")
    np.save(tmp_path / "whole.npy", all_vectors(index))
    assert (tmp_path / "blocks.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()

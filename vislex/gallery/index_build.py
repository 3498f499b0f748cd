"""Builds an index of any kind, and measures the recall of an approximate one.

An approximate index is searched just wide enough to find TARGET of the exact neighbours; how many
it found is measured and kept with the gallery.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from vislex.errors import InvalidInput
from vislex.gallery.index import (
    APPROXIMATE,
    HALF,
    Index,
    Kind,
    Vectors,
    all_vectors,
    flat_index,
    nearest,
)

LEAST = 1000  # vectors of an approximate index; fewer are searched exactly in well under 1 ms
TARGET = 0.98  # recall
TOP_K = 10
QUERIES = 256  # a gallery's own vectors, asked for their neighbours; 95 % within 1 point of 98 %

_A_CELL = 64  # training vectors; FAISS wants 39 or more
_HNSW_LINKS = 32
_BLOCK = 1 << 16


def build_index(vectors: NDArray[np.float32], kind: Kind) -> Index:
    """An index over L2-normalised float32 (count, dim) vectors; the same vectors, the same bytes.

    Raises InvalidInput where there are too few vectors for an approximate one.
    """
    stored: Vectors = vectors.astype(np.float16) if kind in HALF else vectors
    if kind not in APPROXIMATE:
        return flat_index(stored)
    if len(vectors) < LEAST:
        raise InvalidInput(
            f"an index of kind {kind} needs {LEAST} images or more, this gallery has "
            f"{len(vectors)}; use flat or flat16"
        )
    exact = flat_index(vectors)
    searched = _hnsw(vectors) if kind == "hnsw" else _cells(vectors, kind)
    index = Index(kind, searched, stored if kind == "ivfpq" else None)
    return _widened(index, exact)


def extended(index: Index, vectors: NDArray[np.float32]) -> Index:
    """The index with more vectors at its end. Changes `index` in place: do not use it afterwards.

    The cells of an approximate index stay those of the vectors it began with.
    """
    searched: Any = index.searched
    with _one_thread():
        searched.add(np.ascontiguousarray(vectors, np.float32))
    if index.kind not in APPROXIMATE:
        return index
    exact = index.exact
    if exact is not None:
        exact = np.concatenate([exact, vectors.astype(np.float16)])
    grown = Index(index.kind, searched, exact)
    recall = measure(grown, flat_index(all_vectors(grown).astype(np.float32)))
    return Index(index.kind, searched, exact, {**index.recall, **recall})


def measure(index: Index, exact: Index) -> Mapping[str, float]:
    """Share of the TOP_K exact neighbours that an index finds too, the query itself left out."""
    rows = np.linspace(0, exact.count - 1, min(QUERIES, exact.count)).astype(np.int64)
    queries = exact.vectors(rows)
    approximate, true_rows = (nearest(each, queries, TOP_K + 1).rows for each in (index, exact))
    hits = sum(
        len(set(a.tolist()) & (set(b.tolist()) - {row}))
        for row, a, b in zip(rows.tolist(), approximate, true_rows, strict=True)
    )
    return {"recall": round(hits / (TOP_K * len(rows)), 4), "top_k": TOP_K, "queries": len(rows)}


def _cells(vectors: NDArray[np.float32], kind: Kind) -> Any:
    count, dim = vectors.shape
    cells = int(min(4 * count**0.5, count / _A_CELL))
    inner: Any = faiss.METRIC_INNER_PRODUCT
    quantizer: Any = faiss.IndexFlatIP(dim)
    if kind == "ivf":
        index: Any = faiss.IndexIVFFlat(quantizer, dim, cells, inner)
    else:
        index = faiss.IndexIVFPQ(quantizer, dim, cells, _parts(dim), 8, inner)
        index.pq.cp.min_points_per_centroid = 1  # few train it badly; the recall says how badly
    index.train(_spread(vectors, max(cells * _A_CELL, 256 * _A_CELL)))
    for start in range(0, count, _BLOCK):
        index.add(np.ascontiguousarray(vectors[start : start + _BLOCK]))
    if kind == "ivf":
        index.make_direct_map()  # so that the vector of a row can be read back
    index.own_fields = True
    quantizer.this.disown()
    return index


def _hnsw(vectors: NDArray[np.float32]) -> Any:
    index: Any = faiss.IndexHNSWFlat(vectors.shape[1], _HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
    with _one_thread():
        index.add(np.ascontiguousarray(vectors))
    return index


@contextmanager
def _one_thread() -> Iterator[None]:
    """With more, the graph of an hnsw index depends on which of them was first."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _parts(dim: int) -> int:
    """Bytes of a compressed vector: one for 8 of its numbers, or for more where 8 do not fit."""
    return next(parts for parts in range(max(dim // 8, 1), 0, -1) if dim % parts == 0)


def _widened(index: Index, exact: Index) -> Index:
    """The index, searched wider by steps of two until it finds TARGET or is searched whole."""
    searched: Any = index.searched
    widen: Callable[[int], None] = (
        (lambda width: setattr(searched.hnsw, "efSearch", width))
        if index.kind == "hnsw"
        else (lambda width: setattr(searched, "nprobe", width))
    )
    width, most = (16, 1024) if index.kind == "hnsw" else (1, int(searched.nlist))
    while True:
        widen(width)
        recall = measure(index, exact)
        if recall["recall"] >= TARGET or width >= most:
            return Index(index.kind, searched, index.exact, {**recall, "width": width})
        width = min(2 * width, most)


def _spread(vectors: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    rows = np.linspace(0, len(vectors) - 1, min(count, len(vectors))).astype(np.int64)
    return np.ascontiguousarray(vectors[rows])

"""The time of an exact and an approximate look-up in a large gallery, and the recall.

The indexes are those a gallery has; its vectors are drawn, with labels of 50 that lie together.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vislex.gallery.index import Index, nearest
from vislex.gallery.index_build import build_index

DIM = 1152  # of so400m
TOP_K = 5
_PER_LABEL = 50
_SPREAD = 0.6  # length of the noise around a label's direction, which has length 1
_QUERIES = 32


@dataclass(frozen=True)
class Lookup:
    """One gallery size: milliseconds of one query alone; None where it was not measured."""

    vectors: int
    gigabytes: float  # of the vectors in float32
    exact_ms: float  # float32 (flat)
    half_ms: float  # float16 (flat16): exact for what is stored
    approximate_ms: float | None = None  # cells (IVF), as wide as the gallery would search them
    recall: float | None = None  # share of the exact neighbours that it finds


def measure_lookups(exact: Sequence[int], approximate: Sequence[int]) -> list[Lookup]:
    """Measures each size, in all cores; `approximate` are those whose cells are built as well."""
    return [_measure(size, size in approximate) for size in sorted({*exact, *approximate})]


def _measure(size: int, approximate: bool) -> Lookup:
    rng = np.random.default_rng(0)
    vectors = draw_vectors(size, rng)
    queries = vectors[rng.integers(0, size, _QUERIES)]
    exact_ms, half_ms = (
        _query_ms(build_index(vectors, kind), queries) for kind in ("flat", "flat16")
    )
    found = Lookup(size, vectors.nbytes / 1e9, exact_ms, half_ms)
    if not approximate:
        return found
    index = build_index(vectors, "ivf")
    return replace(found, approximate_ms=_query_ms(index, queries), recall=index.recall["recall"])


def draw_vectors(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """L2-normalised vectors, (count, DIM), around one direction for each label."""
    labels = _normalised(rng.standard_normal((max(1, count // _PER_LABEL), DIM), np.float32))
    vectors = rng.standard_normal((count, DIM), np.float32)
    vectors *= np.float32(_SPREAD / np.sqrt(DIM))
    vectors += labels[rng.integers(0, len(labels), count)]
    return _normalised(vectors)


def _normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """In place: a million take 4.6 GB."""
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _query_ms(index: Index, queries: NDArray[np.float32]) -> float:
    """Median milliseconds of one query at a time, as a server that is not busy asks."""
    nearest(index, queries[:1], TOP_K)
    taken = []
    for query in queries[:, None]:
        started = time.perf_counter()
        nearest(index, query, TOP_K)
        taken.append(time.perf_counter() - started)
    return 1000 * float(np.median(taken))

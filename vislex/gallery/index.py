"""The vectors of a gallery, and the search for the nearest ones, with FAISS.

| kind   | what is searched                                | memory for each vector of width d |
|--------|-------------------------------------------------|-----------------------------------|
| flat   | every vector, float32: exact                     | 4 d bytes                         |
| flat16 | every vector, float16: exact for what is stored  | 2 d bytes                         |
| ivf    | the vectors of the nearest cells, float32        | 4 d + 16 bytes                    |
| ivfpq  | the same, compressed; the best again in float16  | d / 8 + 8 bytes, and 2 d on disk  |
| hnsw   | a graph of near vectors, float32                 | 4 d + 280 bytes                   |

For every kind, the similarity in the answer is the exact cosine of the stored vector.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import faiss
import numpy as np
from numpy.typing import NDArray

from vislex.timing import stage

Kind = Literal["flat", "flat16", "ivf", "ivfpq", "hnsw"]
KINDS: tuple[Kind, ...] = get_args(Kind)
APPROXIMATE: tuple[Kind, ...] = ("ivf", "ivfpq", "hnsw")
HALF: tuple[Kind, ...] = ("flat16", "ivfpq")  # stored in float16

# Candidates of compressed vectors are compared again exactly: RESCORED times top_k, MOST_ALIKE, or
# so many for each cell that is searched, whatever is most. 100,000 vectors of width 192, 64 cells:
# recall 0.90 with 100 candidates, 0.99 with 8 a cell. FAISS finds at most 2,048 on a GPU.
RESCORED, MOST_ALIKE, RESCORED_A_CELL, MOST_RESCORED = 10, 100, 8, 2048

Vectors = NDArray[np.float32] | NDArray[np.float16]  # (count, dim)


@dataclass(frozen=True)
class Neighbours:
    """The gallery rows most similar to each of n queries, best first; k <= top_k of them."""

    rows: NDArray[np.int64]  # (n, k)
    similarity: NDArray[np.float32]  # (n, k), cosine

    def __getitem__(self, query: int) -> "Neighbours":
        """The neighbours of one query, without the first axis."""
        return Neighbours(self.rows[query], self.similarity[query])


@dataclass(frozen=True)
class Index:
    """L2-normalised vectors, compared by inner product."""

    kind: Kind
    searched: faiss.Index
    exact: Vectors | None = None  # (count, dim), where `searched` holds no exact ones
    recall: Mapping[str, float] = field(default_factory=dict)  # of an approximate one, as measured

    @property
    def count(self) -> int:
        return int(self.searched.ntotal)

    @property
    def dim(self) -> int:
        return int(self.searched.d)

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of some rows, float32 (len(rows), dim)."""
        if self.exact is not None:
            return self.exact[rows].astype(np.float32)
        return np.asarray(self.searched.reconstruct_batch(rows), np.float32)


@stage("search")
def nearest(index: Index, embeddings: NDArray[np.float32], top_k: int) -> Neighbours:
    """Rows of the `top_k` largest inner products for each embedding, float32 (n, dim)."""
    k = min(top_k, index.count)
    queries = np.ascontiguousarray(embeddings, dtype=np.float32)
    if index.exact is None:
        return _complete(index, queries, k)
    candidates = _complete(index, queries, _candidates(index, k))
    similarity = np.stack(
        [cosines(index, query, rows) for query, rows in zip(queries, candidates.rows, strict=True)]
    )
    best = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    return Neighbours(
        np.take_along_axis(candidates.rows, best, 1), np.take_along_axis(similarity, best, 1)
    )


def cosines(
    index: Index, embedding: NDArray[np.float32], rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Cosines of one embedding, float32 (dim,), and the gallery vectors of `rows`."""
    return np.asarray(index.vectors(rows) @ embedding, np.float32)


def flat_index(vectors: Vectors) -> Index:
    """An exact index over (count, dim) vectors: `flat16` where they are float16, else `flat`."""
    count, dim = vectors.shape
    if vectors.dtype != np.float16:
        flat = faiss.IndexFlatIP(dim)
        flat.add(np.ascontiguousarray(vectors, np.float32))
        return Index("flat", flat)
    half = faiss.IndexScalarQuantizer(
        dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    codes = np.ascontiguousarray(vectors).view(np.uint8).reshape(-1)
    faiss.copy_array_to_vector(codes, half.codes)  # float16 is its code, bit for bit
    half.ntotal, half.is_trained = count, True
    return Index("flat16", half)


def stored_type(kind: Kind) -> np.dtype[Any]:
    """The type in which vectors of this kind are stored."""
    return np.dtype(np.float16 if kind in HALF else np.float32)


def all_vectors(index: Index) -> Vectors:
    """Every vector (count, dim), in the type that this kind stores."""
    return vector_range(index, 0, index.count)


def vector_range(index: Index, start: int, stop: int) -> Vectors:
    """The vectors of rows `start` to before `stop`, as `all_vectors` has them."""
    if index.exact is not None:
        return index.exact[start:stop]
    vectors: Vectors = index.searched.reconstruct_n(start, stop - start)
    return vectors.astype(stored_type(index.kind), copy=False)


def _candidates(index: Index, k: int) -> int:
    of_cells = min(RESCORED_A_CELL * getattr(index.searched, "nprobe", 0), MOST_RESCORED)
    return min(max(RESCORED * k, MOST_ALIKE, of_cells), index.count)


def _complete(index: Index, queries: NDArray[np.float32], k: int) -> Neighbours:
    """Searches; if that gives fewer than k rows (FAISS says -1), searches again without limits."""
    similarity, rows = index.searched.search(queries, k)
    short = np.flatnonzero((rows < 0).any(axis=1))
    if len(short):
        again = index.searched.search(queries[short], k, params=_everywhere(index))
        similarity[short], rows[short] = again
    return Neighbours(rows, similarity)


def _everywhere(index: Index) -> Any:
    """Parameters that make an approximate search complete."""
    wrappers: Any = faiss  # what Python adds to these classes is not in FAISS's types
    if index.kind == "hnsw":
        return wrappers.SearchParametersHNSW(efSearch=index.count)
    cells: Any = index.searched
    return wrappers.SearchParametersIVF(nprobe=cells.nlist)

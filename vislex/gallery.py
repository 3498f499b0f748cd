"""The gallery in memory: labelled embeddings and texts, and looking them up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from vislex.lexicon import Lexicon, build_lexicon, without_rows
from vislex.ocr.lines import Line
from vislex.openset import Calibration
from vislex.recipe import Recipe
from vislex.words import screen_text

Index = faiss.Index


@dataclass(frozen=True)
class Item:
    """One gallery image: its id (path below the image folder), label and lines of text."""

    id: str
    label: str
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


@dataclass(frozen=True)
class Neighbours:
    """The gallery rows most similar to each of n queries, best first; k <= top_k of them."""

    rows: NDArray[np.int64]  # (n, k)
    similarity: NDArray[np.float32]  # (n, k), cosine

    def __getitem__(self, query: int) -> "Neighbours":
        """Those of one query, without the first axis."""
        return Neighbours(self.rows[query], self.similarity[query])


@dataclass(frozen=True)
class Gallery:
    """One version in memory: row i of the index and of the lexicon is `items[i]`."""

    version: str
    items: tuple[Item, ...]
    index: faiss.Index
    lexicon: Lexicon
    calibration: Calibration
    recipe: Recipe

    @property
    def labels(self) -> tuple[str, ...]:
        return self.lexicon.labels


def nearest(index: faiss.Index, embeddings: NDArray[np.float32], top_k: int) -> Neighbours:
    """Rows of the `top_k` largest inner products for each embedding, float32 (n, dim)."""
    k = min(top_k, index.ntotal)
    similarity, rows = index.search(np.ascontiguousarray(embeddings, dtype=np.float32), k)
    return Neighbours(rows, similarity)


def cosines(
    index: faiss.Index, embedding: NDArray[np.float32], rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Cosines of one embedding, float32 (dim,), and the gallery vectors of `rows`."""
    return np.asarray(index.reconstruct_batch(rows) @ embedding, np.float32)


def without(gallery: Gallery, rows: Sequence[int]) -> Gallery:
    """The gallery as if `rows` had never been in it; its calibration stays. One row is left."""
    kept = np.setdiff1d(np.arange(len(gallery.items)), np.asarray(rows, np.int64))
    items = tuple(gallery.items[row] for row in kept)
    lexicon = without_rows(gallery.lexicon, kept)
    index = build_index(gallery.index.reconstruct_batch(kept))
    return replace(gallery, items=items, index=index, lexicon=lexicon)


def read_index(path: Path) -> Index:
    """Raises RuntimeError where the file is not an index."""
    return faiss.read_index(str(path))


def write_index(index: Index, path: Path) -> None:
    faiss.write_index(index, str(path))


def build_index(vectors: NDArray[np.float32]) -> faiss.Index:
    """An exact inner-product index over float32 (count, dim) vectors."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return index


def assemble(
    version: str,
    items: tuple[Item, ...],
    index: faiss.Index,
    calibration: Calibration,
    recipe: Recipe,
) -> Gallery:
    """A gallery in memory, its words counted and indexed."""
    texts = [screen_text(item.lines).lines for item in items]
    lexicon = build_lexicon([item.label for item in items], texts)
    return Gallery(version, items, index, lexicon, calibration, recipe)

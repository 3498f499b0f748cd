"""The gallery: labelled embeddings and texts, on disk and in memory.

    gallery/
      CURRENT                  name of the live version, replaced atomically
      v000001/manifest.json    recipe, count, and size and SHA-256 of every other file
      v000001/vectors.faiss    inner-product index over L2-normalised float32 vectors
      v000001/items.jsonl      one object a row, in index order: id, label, lines
      v000001/calibration.json see vislex.openset

A version is never changed once CURRENT has named it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from vislex.errors import GalleryCorrupt
from vislex.openset import Calibration
from vislex.recipe import Recipe, check_recipe
from vislex.versions import (
    Manifest,
    current_version,
    publish_version,
    read_manifest,
    write_manifest,
)

VECTORS, ITEMS, CALIBRATION = "vectors.faiss", "items.jsonl", "calibration.json"


@dataclass(frozen=True)
class Item:
    """One gallery image: its id (path below the image folder), label and lines of text."""

    id: str
    label: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)


@dataclass(frozen=True)
class Neighbours:
    """The gallery rows most similar to each of n queries, best first; k <= top_k of them."""

    rows: NDArray[np.int64]  # (n, k)
    similarity: NDArray[np.float32]  # (n, k), cosine


@dataclass(frozen=True)
class Gallery:
    """One version in memory: row i of the index is `items[i]`."""

    version: str
    items: tuple[Item, ...]
    index: faiss.Index
    calibration: Calibration
    recipe: Recipe

    @property
    def labels(self) -> list[str]:
        return sorted({item.label for item in self.items})


def nearest(index: faiss.Index, embeddings: NDArray[np.float32], top_k: int) -> Neighbours:
    """Rows of the `top_k` largest inner products for each embedding, float32 (n, dim)."""
    k = min(top_k, index.ntotal)
    similarity, rows = index.search(np.ascontiguousarray(embeddings, dtype=np.float32), k)
    return Neighbours(rows, similarity)


def build_index(vectors: NDArray[np.float32]) -> faiss.Index:
    """An exact inner-product index over float32 (count, dim) vectors."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return index


def publish_gallery(
    root: Path,
    index: faiss.Index,
    items: Sequence[Item],
    calibration: Calibration,
    recipe: Recipe,
    source: str,
) -> str:
    """Writes the next version, makes it live and returns its name, such as `v000001`.

    `source` is a digest of what it was built from, by which a builder knows it again.
    What was live stays whole and live if anything fails before the last step.
    """
    with publish_version(root) as folder:
        faiss.write_index(index, str(folder / VECTORS))
        rows = [{"id": item.id, "label": item.label, "lines": item.lines} for item in items]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / ITEMS).write_text(text, encoding="utf-8")
        (folder / CALIBRATION).write_text(
            json.dumps(calibration.to_json(), indent=2) + "\n", encoding="utf-8"
        )
        manifest = Manifest(recipe, len(items), source)
        write_manifest(folder, manifest, (VECTORS, ITEMS, CALIBRATION))
    return current_version(root)


def open_gallery(root: Path, expected: Recipe | None) -> Gallery:
    """Opens the live version, checked whole before anything in it is parsed.

    `expected` is the recipe of the models that will query it, None where none will. Raises
    GalleryMissing, GalleryCorrupt, or GalleryMismatch where the gallery's recipe is another.
    """
    version = current_version(root)
    folder = root / version
    manifest = read_manifest(folder)
    recipe = manifest.recipe
    if expected is not None:
        check_recipe(f"gallery {folder}", recipe, expected)
    try:
        index = faiss.read_index(str(folder / VECTORS))
        items = tuple(_read_items(folder / ITEMS))
        calibration = Calibration.from_json(
            json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
        )
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        raise GalleryCorrupt(f"gallery {folder} cannot be read: {error!r}") from None
    if not index.ntotal == len(items) == manifest.count or index.d != recipe.dim:
        raise GalleryCorrupt(
            f"gallery {folder} has {index.ntotal} vectors of width {index.d} and {len(items)} "
            f"items; its manifest says {manifest.count} of width {recipe.dim}"
        )
    return Gallery(version, items, index, calibration, recipe)


def _read_items(path: Path) -> list[Item]:
    # Not splitlines(): text that was read may hold characters that it would take for line ends.
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    rows = [json.loads(line) for line in lines]
    return [Item(row["id"], row["label"], tuple(row["lines"])) for row in rows]

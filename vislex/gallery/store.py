"""What every gallery keeps of a version on disk, whatever its pipeline adds: items and vectors.

    vectors.npy      (count, dim) L2-normalised vectors, float32 or float16
    index.faiss      only for an approximate index over them
    items.jsonl      one object a row, in index order: id, label, sha256, metadata
    lines.jsonl      the lines read on each image, one JSON array a row

A pipeline writes files of its own beside these and lists them all in the manifest.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from vislex.gallery.index import APPROXIMATE, Index, flat_index
from vislex.gallery.index_files import read_searched, read_vectors, write_searched, write_vectors
from vislex.gallery.items import Item, Items
from vislex.gallery.manifest import Manifest
from vislex.gallery.ragged import Ragged
from vislex.ocr.lines import encode_lines, lines_from

VECTORS, SEARCHED, ITEMS, LINES = "vectors.npy", "index.faiss", "items.jsonl", "lines.jsonl"
_VECTORS_2 = "vectors.faiss"  # of schema 2, which kept the lines beside the items


def write_store(folder: Path, items: Items, index: Index) -> None:
    """Writes items and vectors; row i of the index is `items[i]`."""
    write_vectors(index, folder / VECTORS)
    if index.kind in APPROXIMATE:
        write_searched(index.searched, folder / SEARCHED)
    write_rows(folder / ITEMS, items.rows())
    write_rows(folder / LINES, items.encoded_lines())


def store_files(manifest: Manifest) -> tuple[str, ...]:
    """The files that a version of this manifest has of what `write_store` writes."""
    if manifest.schema == 2:
        return _VECTORS_2, ITEMS
    searched = (SEARCHED,) if manifest.kind in APPROXIMATE else ()
    return VECTORS, *searched, ITEMS, LINES


def read_store(folder: Path, manifest: Manifest) -> tuple[Items, Index]:
    """Items and index of a version. Raises ValueError where they are not what its manifest says."""
    return stored_items(folder, manifest), _index(folder, manifest)


def stored_items(folder: Path, manifest: Manifest) -> Items:
    """Items of a version. Raises ValueError where they are not what its manifest says."""
    items = _items_2(folder / ITEMS) if manifest.schema == 2 else read_items(folder, ITEMS, LINES)
    if len(items) != manifest.count:
        raise ValueError(f"{len(items)} items; its manifest says {manifest.count}")
    return items


def read_items(folder: Path, rows: str, lines: str) -> Items:
    """Items from the files of their rows and of their lines."""
    return Items(read_rows(folder / rows), read_rows(folder / lines))


def read_rows(path: Path) -> Ragged:
    """The rows of a text file, mapped, with their line ends: JSON has no others."""
    if not path.stat().st_size:  # which cannot be mapped
        return Ragged(np.zeros(0, np.uint8), np.zeros(1, np.int64))
    data = np.memmap(path, np.uint8, mode="r")
    return Ragged(data, np.concatenate([[0], np.flatnonzero(data == ord("\n")) + 1]))


def write_rows(path: Path, rows: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(row + b"\n" for row in rows)


def _index(folder: Path, manifest: Manifest) -> Index:
    kind, count, dim = manifest.kind, manifest.count, manifest.recipe.dim
    if manifest.schema == 2:
        return Index("flat", read_searched(folder / _VECTORS_2, "flat", count, dim))
    vectors = read_vectors(folder / VECTORS, kind, count, dim)
    if kind not in APPROXIMATE:
        return flat_index(vectors)
    searched = read_searched(folder / SEARCHED, kind, count, dim)
    return Index(kind, searched, vectors if kind == "ivfpq" else None, manifest.recall)


def _items_2(path: Path) -> Items:
    rows = read_rows(path)
    values = [json.loads(rows[row].tobytes()) for row in range(len(rows))]
    return Items.of(
        Item(value["id"], value["label"], encode_lines(lines_from(value["lines"])))
        for value in values
    )

"""Vectors and FAISS indexes as files; their headers are checked before anything uses them."""

from pathlib import Path
from threading import Lock

import faiss
import numpy as np

from vislex.gallery.index import Index, Kind, Vectors, stored_type, vector_range

_FOURCC = {b"IwFl": "ivf", b"IwPQ": "ivfpq", b"IHNf": "hnsw", b"IxFI": "flat"}
_HEADER_BYTES = 16  # of every FAISS index: four letters, d (int32), count (int64)
_TABLE_BYTES = 1 << 32
_BLOCK = 4096  # vectors that are written at a time
_reading = Lock()  # FAISS keeps the limits of reading in one place for the whole process


def write_vectors(index: Index, path: Path) -> None:
    """Writes the same as `np.save(all_vectors(index))`, without a second copy in memory."""
    shape = (index.count, index.dim)
    header = {"descr": stored_type(index.kind).str, "fortran_order": False, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)  # type: ignore[no-untyped-call]
        for start in range(0, index.count, _BLOCK):
            block = vector_range(index, start, min(start + _BLOCK, index.count))
            file.write(np.ascontiguousarray(block).data)


def read_vectors(path: Path, kind: Kind, count: int, dim: int) -> Vectors:
    """Maps the vectors of a version. Raises ValueError where its header says anything else."""
    vectors: Vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    expected = stored_type(kind)
    if vectors.shape != (count, dim) or vectors.dtype != expected:
        raise ValueError(
            f"{path.name} holds {vectors.dtype} {vectors.shape}; expected {expected} {count, dim}"
        )
    return vectors


def read_searched(path: Path, kind: Kind, count: int, dim: int) -> faiss.Index:
    """An index as FAISS stores it.

    What its header says is checked before FAISS reads it, and nothing in it may claim more bytes
    than the file has. Raises ValueError or RuntimeError.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    actual = (
        _FOURCC.get(header[:4]),
        int.from_bytes(header[8:16], "little"),
        int.from_bytes(header[4:8], "little"),
    )
    if actual != (kind, count, dim):
        raise ValueError(f"{path.name} says (kind, count, dim) {actual}; not {kind, count, dim}")
    # FAISS also holds a table against the limit that compressed vectors have in memory alone.
    limit = max(path.stat().st_size, _TABLE_BYTES if kind == "ivfpq" else 0)
    with _reading:
        faiss.set_deserialization_vector_byte_limit(limit)
        return faiss.read_index(str(path))


def write_searched(searched: faiss.Index, path: Path) -> None:
    faiss.write_index(searched, str(path))

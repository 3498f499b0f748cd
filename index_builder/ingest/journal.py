"""What a build has finished so far, on disk: a file of records that survives being killed.

A record is one chunk of images, whole or not at all. It is appended with its length and checksum,
so that a record that was cut off by a crash is recognised, and removed.
"""

import fcntl
import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislex.errors import GalleryBusy, InvalidInput
from vislex.gallery.items import Item

_HEAD = struct.Struct("<QII")  # number, bytes of the body, CRC-32 of both and the body
_HEADER = 2**64 - 1  # the number of the first record: what the journal is of
_ROW = struct.Struct("<I")


@dataclass(frozen=True)
class Unreadable:
    """An image that was left out, and why."""

    id: str
    label: str
    reason: str
    sha256: str  # of its content, '' where even that could not be read


@dataclass(frozen=True)
class Chunk:
    """Some neighbouring images, done: items and their vectors, and what could not be read."""

    number: int
    items: tuple[Item, ...]
    vectors: NDArray[np.float32]  # (len(items), dim)
    unreadable: tuple[Unreadable, ...]


class Journal:
    """Appends chunks to a file, and finds those that are in it. One process writes a journal."""

    def __init__(self, path: Path, work: Mapping[str, Any]) -> None:
        """Opens the journal of a piece of `work`; one of any other work is begun anew.

        Raises GalleryBusy while another process writes it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GalleryBusy(f"{path} is being written by another process") from None
        self._places: dict[int, tuple[int, int]] = {}
        header = json.dumps(work, sort_keys=True).encode()
        end = self._scan(header)
        self._file.truncate(end)
        if not end:
            self._append(_HEADER, header)

    def __contains__(self, number: int) -> bool:
        return number in self._places

    def __len__(self) -> int:
        return len(self._places)

    def add(self, chunk: Chunk) -> None:
        """Appends a chunk; it is there for good, unless the machine itself stops at once."""
        self._places[chunk.number] = self._append(chunk.number, _encode(chunk))

    def chunks(self) -> Iterator[Chunk]:
        """Every chunk, by number."""
        for number in sorted(self._places):
            start, length = self._places[number]
            self._file.seek(start)
            yield _decode(number, self._file.read(length))

    def close(self) -> None:
        self._file.close()

    def _append(self, number: int, body: bytes) -> tuple[int, int]:
        head = _HEAD.pack(number, len(body), _checksum(number, body))
        start = self._file.seek(0, os.SEEK_END) + _HEAD.size
        self._file.write(head + body)
        self._file.flush()
        return start, len(body)

    def _scan(self, header: bytes) -> int:
        """Notes where each record is; returns where the last whole one ends, 0 to begin anew."""
        end = 0
        for number, start, body in _records(self._file):
            if not end and (number, body) != (_HEADER, header):
                return 0
            if end:
                self._places[number] = start, len(body)
            end = start + len(body)
        return end


def read_journal(path: Path) -> Mapping[str, Any]:
    """The work that a journal is of. Raises InvalidInput where there is none."""
    if path.is_file():
        with path.open("rb") as file:
            first = next(_records(file), None)
        if first is not None and first[0] == _HEADER:
            work: Mapping[str, Any] = json.loads(first[2])
            return work
    raise InvalidInput(f"there is no work to merge at {path}; build that shard first")


def _records(file: Any) -> Iterator[tuple[int, int, bytes]]:
    """(number, start of the body, body) of each whole record, up to the first that is not."""
    file.seek(0)
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        number, length, checksum = _HEAD.unpack(head)
        start = file.tell()
        body = file.read(length)
        if len(body) < length or _checksum(number, body) != checksum:
            return
        yield number, start, body


def _checksum(number: int, body: bytes) -> int:
    return zlib.crc32(body, number & 0xFFFFFFFF)


def _encode(chunk: Chunk) -> bytes:
    count, dim = chunk.vectors.shape
    facts = json.dumps([count, dim, [astuple(image) for image in chunk.unreadable]]).encode()
    vectors = np.ascontiguousarray(chunk.vectors, np.float32).tobytes()
    rows = [part for item in chunk.items for part in (item.row(), item.encoded)]
    return b"".join(_ROW.pack(len(part)) + part for part in (facts, vectors, *rows))


def _decode(number: int, body: bytes) -> Chunk:
    parts, at = [], 0
    while at < len(body):
        (length,) = _ROW.unpack_from(body, at)
        at += _ROW.size + length
        parts.append(body[at - length : at])
    facts, vectors, *rows = parts
    count, dim, left = json.loads(facts)
    items = (Item.decoded(*pair) for pair in zip(rows[::2], rows[1::2], strict=True))
    return Chunk(
        number,
        tuple(items),
        np.frombuffer(vectors, np.float32).reshape(count, dim),
        tuple(Unreadable(*image) for image in left),
    )

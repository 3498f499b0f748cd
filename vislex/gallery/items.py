"""The images of a gallery: one item, and all items as two columns of bytes."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from vislex.gallery.ragged import Ragged
from vislex.ocr.lines import Line, decode_lines, encode_lines


@dataclass(frozen=True, slots=True)
class Item:
    """One gallery image."""

    id: str  # path below the image folder, unless the builder was given another id
    label: str
    encoded: bytes = b"[]"  # lines, see vislex.ocr.lines.encode_lines
    sha256: str = ""  # of the image file; '' in galleries of before schema 3
    metadata: Mapping[str, Any] = field(default_factory=dict)  # given to the builder with the image

    @classmethod
    def of(cls, item_id: str, label: str, lines: Sequence[Line]) -> Self:
        """Scores of lines keep 4 digits, coordinates tenths of a pixel."""
        return cls(item_id, label, encode_lines(lines))

    @classmethod
    def decoded(cls, row: bytes, encoded: bytes) -> Self:
        """The item that `row` wrote, with its lines. Raises ValueError, KeyError or TypeError."""
        values = json.loads(row)
        return cls(
            values["id"],
            values["label"],
            encoded,
            values.get("sha256", ""),
            values.get("metadata", {}),
        )

    @property
    def lines(self) -> tuple[Line, ...]:
        return decode_lines(self.encoded)

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    def row(self) -> bytes:
        """All but the lines, as JSON without a line end."""
        values: dict[str, Any] = {"id": self.id, "label": self.label}
        values |= {"sha256": self.sha256} if self.sha256 else {}
        values |= {"metadata": self.metadata} if self.metadata else {}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


class Items(Sequence[Item]):
    """Items as two columns of bytes, such as mapped files; one is decoded when it is asked for.

    As objects, the lines alone of 100,000 images take 3 GB.
    """

    def __init__(self, rows: Ragged, lines: Ragged, named: "_Named | None" = None) -> None:
        """Rows as `Item.row` writes them, and encoded lines.

        Raises ValueError, KeyError or TypeError where a row is no such JSON.
        """
        if len(rows) != len(lines):
            raise ValueError(f"{len(rows)} items and lines of {len(lines)}")
        self._rows, self._lines = rows, lines
        self._named = _read_names(rows) if named is None else named

    @property
    def ids(self) -> tuple[str, ...]:
        return self._named.ids

    @property
    def labels(self) -> tuple[str, ...]:
        return self._named.labels

    @property
    def digests(self) -> tuple[str, ...]:
        """The SHA-256 of each image file."""
        return self._named.digests

    @classmethod
    def of(cls, items: Iterable[Item]) -> Self:
        pairs = [(item.row(), item.encoded) for item in items]
        return cls(_column(row for row, _ in pairs), _column(lines for _, lines in pairs))

    def take(self, rows: NDArray[np.int64]) -> "Items":
        """Some of the items, in the order given."""
        return Items(self._rows, self._lines, self._named.take(rows.tolist()))

    def joined(self, other: "Items") -> "Items":
        """The items of both, in order."""
        return Items(
            self._rows.joined(other._rows),
            self._lines.joined(other._lines),
            self._named.joined(other._named, len(self._rows)),
        )

    def rows(self) -> Iterator[bytes]:
        """Each item as `Item.row` wrote it, without decoding it."""
        return (self._rows[place].tobytes().rstrip(b"\n") for place in self._named.places)

    def encoded_lines(self) -> Iterator[bytes]:
        """The encoded lines of each item."""
        return (self._lines[place].tobytes().rstrip(b"\n") for place in self._named.places)

    def __len__(self) -> int:
        return len(self._named.places)

    def __iter__(self) -> Iterator[Item]:
        return map(self._item, range(len(self)))

    @overload
    def __getitem__(self, row: int) -> Item: ...
    @overload
    def __getitem__(self, row: slice) -> list[Item]: ...
    def __getitem__(self, row: int | slice) -> Item | list[Item]:
        if isinstance(row, slice):
            return [self._item(place) for place in range(*row.indices(len(self)))]
        return self._item(row)

    def _item(self, row: int) -> Item:
        place = self._named.places[row]
        lines = self._lines[place].tobytes().rstrip(b"\n")
        return Item.decoded(self._rows[place].tobytes(), lines)


@dataclass(frozen=True)
class _Named:
    """Some rows of a file, with the fields that are needed often, decoded once."""

    places: tuple[int, ...]
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    digests: tuple[str, ...]

    def take(self, rows: Sequence[int]) -> "_Named":
        names = (self.ids, self.labels, self.digests)
        ids, labels, digests = (tuple([column[row] for row in rows]) for column in names)
        return _Named(tuple([self.places[row] for row in rows]), ids, labels, digests)

    def joined(self, other: "_Named", rows: int) -> "_Named":
        """For the two files laid end to end; the first has `rows` rows."""
        return _Named(
            self.places + tuple(place + rows for place in other.places),
            self.ids + other.ids,
            self.labels + other.labels,
            self.digests + other.digests,
        )


def _read_names(rows: Ragged) -> _Named:
    decoded = [json.loads(rows[row].tobytes()) for row in range(len(rows))]
    ids = tuple([values["id"] for values in decoded])
    labels = tuple([intern(values["label"]) for values in decoded])
    digests = tuple([values.get("sha256", "") for values in decoded])
    if not all(isinstance(name, str) for name in (*ids, *digests)):
        raise TypeError("an id or a digest is not text")
    return _Named(tuple(range(len(decoded))), ids, labels, digests)


def _column(values: Iterable[bytes]) -> Ragged:
    return Ragged.of((np.frombuffer(value, np.uint8) for value in values), np.uint8)

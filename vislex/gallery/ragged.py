"""Rows of different lengths in two arrays: a gallery keeps a million of them in memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Ragged:
    """Row i is `values[starts[i]:starts[i + 1]]`."""

    values: NDArray[Any]
    starts: NDArray[np.int64]  # (rows + 1,), from 0 to len(values)

    @classmethod
    def of(cls, rows: Iterable[NDArray[Any]], dtype: type[np.generic]) -> Self:
        """The rows laid end to end."""
        arrays = [np.zeros(0, dtype), *rows]
        return cls(np.concatenate(arrays, dtype=dtype), bounds([len(row) for row in arrays[1:]]))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> NDArray[Any]:
        return self.values[self.starts[row] : self.starts[row + 1]]

    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.starts)

    def places(self) -> NDArray[np.int64]:
        """The row of each value."""
        return np.repeat(np.arange(len(self)), self.lengths())

    def take(self, rows: NDArray[Any]) -> "Ragged":
        """Some rows, in the order given, one of them any number of times."""
        starts, ends = self.starts[rows], self.starts[np.asarray(rows) + 1]
        return Ragged(self.values[spans(starts, ends)], bounds(ends - starts))

    def joined(self, other: "Ragged") -> "Ragged":
        """The rows of both, in order."""
        return Ragged(
            np.concatenate([self.values, other.values]),
            np.concatenate([self.starts, other.starts[1:] + self.starts[-1]]),
        )

    def check(self, rows: int, below: int | None = None) -> None:
        """Raises ValueError where these are not `rows` rows of values from 0 to below `below`."""
        starts = self.starts
        whole = len(starts) == rows + 1 and starts[0] == 0 and starts[-1] == len(self.values)
        if not whole or (np.diff(starts) < 0).any():
            raise ValueError(f"{len(starts) - 1} rows over {len(self.values)} values, not {rows}")
        if below is not None and len(self.values):
            least, most = int(self.values.min()), int(self.values.max())
            if least < 0 or most >= below:
                raise ValueError(f"values from {least} to {most}; expected 0 to {below - 1}")


def spans(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers start..end - 1 of every span, one after the other.

    >>> spans(np.array([3, 9]), np.array([5, 10]))
    array([3, 4, 9])
    """
    lengths = ends - starts
    first = np.repeat(starts - bounds(lengths)[:-1], lengths)
    return np.asarray(np.arange(lengths.sum()) + first, np.int64)


def bounds(lengths: Any) -> NDArray[np.int64]:
    """Where each of some spans begins when they are laid end to end, and where the last ends."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)


def sums(values: NDArray[np.float32], starts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Sums of consecutive spans, empty ones included (which np.add.reduceat gets wrong)."""
    totals = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray(totals[starts[1:]] - totals[starts[:-1]], np.float32)

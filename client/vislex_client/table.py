"""Text in columns, as wide as a terminal shows it."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import combining, east_asian_width

_GAP = "  "


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line for each row, its cells padded to the widest of their column."""
    clean = [[_one_line(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*clean)]
    return [
        _GAP.join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths)).rstrip()
        for row in clean
    ]


def _one_line(cell: str) -> str:
    """Without what would break the line or command the terminal: a file name may hold anything."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cell)


def _width(text: str) -> int:
    """Terminal columns: two for a Chinese character, none for a combining mark."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)

"""Columns of text that are read one after the other, and not across.

Most things that stand side by side are read across: a word and its amount, a list of names and
values. Two columns are read one after the other where they hold about as many lines of about one
size and these do not line up, or where both are filled with long lines, as in a newspaper.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vislex.ocr.slope import Boxes

_LEAST = 3  # lines of a column
_GUTTERS = 32  # tried, those first that fewest rows cross: a page of 1000 boxes has as many
_LINED_UP = 0.15  # of the pitch by which lines of a list may differ, at the median
_SIDE_BY_SIDE = 0.3  # of them that must stand beside a line: in a chat they take turns
_ALIKE = 0.6  # least ratio of the columns' counts, and of their heights
_TEXT = 4.5  # times as wide as high, at the median: a column of words and not of amounts
_PROSE = 10.0  # and of long lines
_FILLED = 0.75  # of the column's width, at the median
_GUTTER = 6.0  # heights between columns of running text at most; a table's stand further apart


def in_columns(rows: list[list[int]], boxes: Boxes) -> list[list[int]]:
    """Rows of boxes, top to bottom, in the order in which they are read, some taken apart.

    Without columns it is `rows` itself.
    """
    block = _widest_block(rows, boxes)
    if block is None:
        return rows
    middle = rows[block.first : block.last]
    left = [[box for box in row if boxes.right[box] <= block.gutter] for row in middle]
    right = [[box for box in row if boxes.right[box] > block.gutter] for row in middle]
    return [
        *in_columns(rows[: block.first], boxes),
        *in_columns([row for row in left if row], boxes),
        *in_columns([row for row in right if row], boxes),
        *in_columns(rows[block.last :], boxes),
    ]


@dataclass(frozen=True)
class _Block:
    """Rows first to last (not included) of which no box crosses x = gutter."""

    gutter: float
    first: int
    last: int


def _widest_block(rows: list[list[int]], boxes: Boxes) -> _Block | None:
    """The block of most rows whose two sides are columns to be read one after the other."""
    for block in sorted(_blocks(rows, boxes), key=lambda each: each.first - each.last):
        inside = np.concatenate(rows[block.first : block.last])
        left = boxes.right[inside] <= block.gutter
        if _are_columns(inside[left], inside[~left], boxes):
            return block
    return None


def _blocks(rows: list[list[int]], boxes: Boxes) -> Iterator[_Block]:
    """All runs of rows of which no box crosses a gutter, with enough boxes on either side."""
    if sum(map(len, rows)) < 2 * _LEAST:
        return
    places = np.concatenate(rows)
    starts = np.cumsum([0, *map(len, rows)])
    gutters = np.unique(boxes.right[places])
    beyond = boxes.right[places] > gutters[:, None]
    crossed = beyond & (boxes.left[places] < gutters[:, None])
    of_rows = np.logical_or.reduceat(crossed, starts[:-1], axis=1)
    for number in np.argsort(of_rows.sum(axis=1), kind="stable")[:_GUTTERS].tolist():
        ends = [-1, *np.flatnonzero(of_rows[number]).tolist(), len(rows)]
        for before, after in pairwise(ends):
            inside = beyond[number, starts[before + 1] : starts[after]]
            if min(int(inside.sum()), int((~inside).sum())) >= _LEAST:
                yield _Block(float(gutters[number]), before + 1, after)


def _are_columns(left: NDArray[np.int64], right: NDArray[np.int64], boxes: Boxes) -> bool:
    width = boxes.right - boxes.left
    aspects = [float(np.median(width[side] / boxes.height[side])) for side in (left, right)]
    if min(aspects) < _TEXT:
        return False
    gap = boxes.left[right].min() - boxes.right[left].max()
    near = gap <= _GUTTER * np.median(boxes.height[left])
    if near and min(aspects) >= _PROSE and all(_is_filled(width[side]) for side in (left, right)):
        return True
    heights = sorted(float(np.median(boxes.height[side])) for side in (left, right))
    small, large = sorted((left, right), key=len)
    if len(small) < _ALIKE * len(large) or heights[0] < _ALIKE * heights[1]:
        return False
    apart = np.abs(boxes.middle[small][:, None] - boxes.middle[large])
    height = np.minimum(boxes.height[small][:, None], boxes.height[large])
    pitch = float(np.median(np.diff(np.sort(boxes.middle[large]))))
    lined_up = np.median(apart.min(axis=1)) < _LINED_UP * pitch
    beside = (apart < height).any(axis=1).mean()
    return bool(not lined_up and beside >= _SIDE_BY_SIDE)


def _is_filled(width: NDArray[np.float64]) -> bool:
    return bool(np.median(width) >= _FILLED * width.max())

"""Which quads stand in one row, and the order in which a page is read.

Rows come from the overlap of heights on the straightened page, so a small caption stands in the
row of the large number beside it, and neither a tilt nor a bend of the page takes rows apart.
"""

import numpy as np
from numpy.typing import NDArray

from vislex.ocr.columns import in_columns
from vislex.ocr.slope import Boxes, by_quads, by_rows

_SAME_ROW = 0.5  # of the lower box's height that two boxes of one row share
_BESIDE = 0.3  # of the narrower box's width: two that share more stand above each other
_TWICE = 0.8  # of the wider box's width, and
_SAME_LINE = 0.25  # of a height: two boxes around one line


def rows_of(quads: NDArray[np.float32]) -> list[list[int]]:
    """Rows of (n, 4, 2) quads, top to bottom; each holds indices, left to right."""
    return _rows(by_rows(by_quads(quads), _rows))


def reading_order(quads: NDArray[np.float32]) -> NDArray[np.int64]:
    """Indices that put (n, 4, 2) quads in reading order: row by row, left to right.

    Where two columns of text do not line up, or both are filled like those of a newspaper, the
    left one is read first. Columns are looked for before rows straighten the page: rows of two
    columns that do not line up would bend it until they do.
    """
    boxes = by_quads(quads)
    rows = _rows(boxes)
    ordered = in_columns(rows, boxes)
    if ordered is rows:
        ordered = _rows(by_rows(boxes, _rows))
    return np.array([place for row in ordered for place in row], np.int64)


def _rows(boxes: Boxes) -> list[list[int]]:
    """Boxes grouped by overlap, the best pairs first; no row holds two above each other."""
    apart, above = _apart(boxes)
    first, second = np.nonzero(np.triu(~above & (_shared(boxes) >= _SAME_ROW), 1))
    order = np.argsort(apart[first, second], kind="stable")
    rows = [[box] for box in range(len(boxes.left))]
    row_of = list(range(len(rows)))
    for box, other in zip(first[order].tolist(), second[order].tolist(), strict=True):
        into, out_of = row_of[box], row_of[other]
        if into == out_of:
            continue
        if above[np.ix_(rows[into], rows[out_of])].any():
            continue
        for moved in rows[out_of]:
            row_of[moved] = into
        rows[into] = rows[into] + rows[out_of]
        rows[out_of] = []
    filled = [sorted(row, key=lambda box: boxes.left[box]) for row in rows if row]
    return sorted(filled, key=lambda row: float(boxes.middle[row].mean()))


def _shared(boxes: Boxes) -> NDArray[np.float64]:
    """(n, n): the height that two boxes share, as a part of the lower one's."""
    low, high = boxes.middle - boxes.height / 2, boxes.middle + boxes.height / 2
    return np.asarray(_common(low, high) / np.minimum(boxes.height[:, None], boxes.height))


def _apart(boxes: Boxes) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n, n): how far apart the middles are, in heights of the higher; which stand above."""
    apart = np.abs(boxes.middle[:, None] - boxes.middle)
    apart = apart / np.maximum(boxes.height[:, None], boxes.height)
    width = np.maximum(boxes.right - boxes.left, 1.0)
    shared = _common(boxes.left, boxes.right)
    twice = (shared >= _TWICE * np.maximum(width[:, None], width)) & (apart < _SAME_LINE)
    return apart, (shared > _BESIDE * np.minimum(width[:, None], width)) & ~twice


def _common(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, n): what two spans share, below 0 where they do not meet."""
    return np.asarray(np.minimum(high[:, None], high) - np.maximum(low[:, None], low))

"""The slope of text over a page: what straightens tilted and bent lines, given their quads alone.

The page is taken as a sheet whose lines are moved up or down by `d(x, y)`, a polynomial. On one
line of text `y - d` is the same everywhere, so every wide quad gives an equation, `d(right end) -
d(left end) = y(right end) - y(left end)`, and so does every pair of neighbours in a row. They are
solved by least squares, robust against quads that follow no line (Huber 1964), with a prior that
keeps a page flat where it says nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDE = 1.5  # times as wide as high: a quad that shows which way its text runs
VERTICAL = 1.5  # times as high as wide: text that runs down, see vislex.ocr.crop
_FLAT_SLOPE = 0.004  # at the median of wide quads; 4 px over 1000
_FLAT = 0.2  # of a text height by which a line may rise, and neighbours in a row differ
_ALIKE = 0.7  # least ratio of the heights of neighbours that tell of the slope
_ROUNDS = 3  # rows -> slope -> rows; a page of 8 degrees and three heights of bow needs two
_SOLVES = 4  # of the robust least squares
_NOISE = 0.15  # of a text height: what the end of a quad may be off
_HUBER = 1.5  # times the noise, beyond which an equation counts less
# How far d may reach at the page's edge, in text heights, by power of x (1 to 4) and of y (0 to 2).
_POWERS = [(i, j) for i in (1, 2, 3, 4) for j in (0, 1, 2)]
_REACH = np.outer((6.0, 4.0, 0.5, 2.0), (1.0, 0.3, 0.2)).ravel()

Equations = tuple[Floats, Floats]  # matrix and right side


@dataclass(frozen=True)
class Boxes:
    """Lines of text where they stand, and where they would on a page without tilt and bow."""

    starts: Floats  # (n, 2), the middles of the left edges
    ends: Floats  # (n, 2)
    height: Floats  # (n,), of the text
    left: Floats  # (n,), x on the straightened page, as the next two
    right: Floats
    middle: Floats  # y


MakeRows = Callable[[Boxes], list[list[int]]]


def by_quads(quads: NDArray[np.float32]) -> Boxes:
    """(n, 4, 2) quads, clockwise from the top left, straightened by the way that each one runs.

    Vertical text stands for its first character, so that it takes part in one row alone. A narrow
    quad as high as the page's other text is no vertical text, but a character such as 1.
    """
    corners = quads.astype(np.float64)
    down = np.linalg.norm(corners[:, [3, 2]] - corners[:, [0, 1]], axis=2).mean(axis=1)
    across = np.linalg.norm(corners[:, [1, 2]] - corners[:, [0, 3]], axis=2).mean(axis=1)
    common = np.median(np.minimum(down, across)) if len(quads) else 0.0
    height = np.where((down >= VERTICAL * across) & (down >= VERTICAL * common), across, down)
    share = (height / np.maximum(down, 1e-6) / 2)[:, None]
    starts = corners[:, 0] + (corners[:, 3] - corners[:, 0]) * share
    ends = corners[:, 1] + (corners[:, 2] - corners[:, 1]) * share
    height = np.maximum(height, 1.0)
    boxes = Boxes(starts, ends, height, starts[:, 0], ends[:, 0], (starts + ends)[:, 1] / 2)
    width, rise = (ends - starts).T
    wide = width >= WIDE * height
    steep = np.any(np.abs(rise[wide]) > np.maximum(_FLAT * height[wide], 1.0))
    if not wide.any() or not (steep or np.median(np.abs(rise[wide]) / width[wide]) > _FLAT_SLOPE):
        return boxes
    page = _Page.around(boxes)
    tilt = float(np.median(rise[wide] / width[wide]))
    left, right = starts @ np.array([1.0, tilt]), ends @ np.array([1.0, tilt])
    return page.straightened(replace(boxes, left=left, right=right), page.chords(boxes))


def by_rows(boxes: Boxes, make_rows: MakeRows) -> Boxes:
    """Boxes straightened by the rows that they make as well, left to right in each row.

    Rows that are flat leave them as they are.
    """
    left, right = _neighbours(make_rows(boxes), boxes.height)
    apart = np.abs(boxes.middle[left] - boxes.middle[right])
    if np.all(apart <= _FLAT * np.maximum(boxes.height[left], boxes.height[right])):
        return boxes
    page = _Page.around(boxes)
    chords = page.chords(boxes)
    for _ in range(_ROUNDS):
        boxes = page.straightened(boxes, chords, page.links(boxes, left, right))
        left, right = _neighbours(make_rows(boxes), boxes.height)
    return boxes


def _neighbours(
    rows: Sequence[list[int]], height: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Boxes and their right neighbours of about their size: a caption may stand higher or lower."""
    left = np.array([box for row in rows for box in row[:-1]], np.int64)
    right = np.array([box for row in rows for box in row[1:]], np.int64)
    low, high = np.minimum(height[left], height[right]), np.maximum(height[left], height[right])
    alike = low >= _ALIKE * high
    return left[alike], right[alike]


@dataclass(frozen=True)
class _Page:
    """The frame in which d is written, from -1 to 1 along x, and how far it may reach, in px."""

    centre: Floats  # (2,)
    half_px: float
    reach_px: Floats

    @classmethod
    def around(cls, boxes: Boxes) -> "_Page":
        low = np.minimum(boxes.starts, boxes.ends).min(axis=0)
        high = np.maximum(boxes.starts, boxes.ends).max(axis=0)
        half_px = max(float(high[0] - low[0]) / 2, 1.0)
        return cls((low + high) / 2, half_px, _REACH * float(np.median(boxes.height)))

    def chords(self, boxes: Boxes) -> Equations:
        """What wide boxes say: their ends are of one line."""
        wide = boxes.ends[:, 0] - boxes.starts[:, 0] >= WIDE * boxes.height
        return self._of_one_line(boxes.starts[wide], boxes.ends[wide], boxes.height[wide])

    def links(self, boxes: Boxes, left: NDArray[np.int64], right: NDArray[np.int64]) -> Equations:
        """What neighbours in a row say: their middles are of one line."""
        middles = (boxes.starts + boxes.ends) / 2
        least = np.minimum(boxes.height[left], boxes.height[right])
        return self._of_one_line(middles[left], middles[right], least)

    def straightened(self, boxes: Boxes, *equations: Equations) -> Boxes:
        """Boxes with their middles on the page that solves the equations best."""
        matrix = np.concatenate([part for part, _ in equations])
        right = np.concatenate([part for _, part in equations])
        weights, shape = np.ones(len(right)), np.zeros(len(_POWERS))
        prior = np.diag(self.reach_px**-2.0)
        for _ in range(_SOLVES):
            weighted = (matrix * weights[:, None] / _NOISE**2).T
            shape = np.linalg.solve(weighted @ matrix + prior, weighted @ right)
            off = np.abs(matrix @ shape - right) / _NOISE
            weights = 1 / np.maximum(1, off / _HUBER)
        middles = (boxes.starts + boxes.ends) / 2
        return replace(boxes, middle=middles[:, 1] - self._terms(middles) @ shape)

    def _of_one_line(self, first: Floats, second: Floats, heights: Floats) -> Equations:
        matrix = self._terms(second) - self._terms(first)
        return matrix / heights[:, None], (second[:, 1] - first[:, 1]) / heights

    def _terms(self, points: Floats) -> Floats:
        x, y = ((points - self.centre) / self.half_px).T
        return np.stack([x**i * y**j for i, j in _POWERS], axis=1)

"""The detector's probability map -> quads around lines of text (DB, arXiv:1911.08947).

Thresholds, rounding and the order of corners are those of RapidOCR 1.4.4, so that quads are equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
import pyclipper
from numpy.typing import NDArray

MAP_THRESHOLD = 0.3  # a pixel is text above it
QUAD_THRESHOLD = 0.5  # a quad is kept when its mean probability reaches it
UNCLIP_RATIO = 1.6  # the map shows shrunken lines; grow them by area * ratio / perimeter
MAX_CONTOURS = 1000
MIN_CORE_PX = 3  # short side of a shrunken line
MIN_GROWN_PX = 5  # and of the grown one
MIN_SIDE_PX = 4  # of a quad on whole pixels

_DILATION = np.ones((2, 2), np.uint8)


@dataclass(frozen=True)
class Quads:
    """Lines of text on one canvas. Index it to select or permute quads and scores together."""

    quads: NDArray[np.float32]  # (n, 4, 2) px of the canvas, clockwise from the top left
    scores: NDArray[np.float32]  # (n,) mean text probability inside the quad

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, index: NDArray[Any] | slice) -> Self:
        return type(self)(self.quads[index], self.scores[index])


def quads_from_map(text_map: NDArray[np.float32], size: tuple[int, ...]) -> Quads:
    """(H, W) probabilities -> quads on a canvas of that size (height, width), in no order.

    None is a result, not an error.
    """
    text = (text_map > MAP_THRESHOLD).astype(np.uint8)
    contours, _ = cv2.findContours(
        cv2.dilate(text, _DILATION), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE
    )
    cores, short_sides = _rectangles(contours[:MAX_CONTOURS])
    cores = cores[short_sides >= MIN_CORE_PX]
    scores = _mean_inside(text_map, cores)
    cores, scores = cores[scores >= QUAD_THRESHOLD], scores[scores >= QUAD_THRESHOLD]
    grown, short_sides = _rectangles(_grow(cores))
    quads, large = _to_pixels(grown[short_sides >= MIN_GROWN_PX], text_map.shape, size)
    return Quads(quads, scores[short_sides >= MIN_GROWN_PX])[large]


def _rectangles(
    contours: Sequence[NDArray[Any]],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Smallest rectangles around contours: corners (n, 4, 2), clockwise, and short sides (n,)."""
    rectangles = [cv2.minAreaRect(contour) for contour in contours]
    corners = np.array([cv2.boxPoints(r) for r in rectangles], np.float32).reshape(-1, 4, 2)
    sides = np.array([r[1] for r in rectangles], np.float64).reshape(-1, 2)
    by_x = np.argsort(corners[:, :, 0], axis=1, kind="stable")
    left, right = _by_y(corners, by_x[:, :2]), _by_y(corners, by_x[:, 2:])
    clockwise = np.stack([left[:, 0], right[:, 0], right[:, 1], left[:, 1]], axis=1)
    return clockwise, sides.min(axis=1)


def _by_y(corners: NDArray[Any], pair: NDArray[np.int64]) -> NDArray[Any]:
    """The two named corners of each rectangle, the upper one first: (n, 2, 2)."""
    chosen = np.take_along_axis(corners, pair[:, :, None], axis=1)
    order = np.argsort(chosen[:, :, 1], axis=1, kind="stable")
    return np.take_along_axis(chosen, order[:, :, None], axis=1)


def _mean_inside(text_map: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean probability inside each of (n, 4, 2) boxes, on whole pixels: (n,)."""
    last = np.array(text_map.shape[::-1]) - 1
    low = np.clip(np.floor(boxes.min(axis=1)), 0, last).astype(np.int32)
    high = np.clip(np.ceil(boxes.max(axis=1)), 0, last).astype(np.int32)
    polygons = (boxes - low[:, None]).astype(np.int32)
    scores = np.zeros(len(boxes), np.float32)
    for i, ((x0, y0), (x1, y1)) in enumerate(zip(low, high, strict=True)):
        window = text_map[y0 : y1 + 1, x0 : x1 + 1]
        mask = np.zeros(window.shape, np.uint8)
        cv2.fillPoly(mask, [polygons[i]], (1,))
        scores[i] = cv2.mean(window, mask)[0]
    return scores


def _grow(boxes: NDArray[np.float32]) -> list[NDArray[np.int32]]:
    """Each of (n, 4, 2) boxes with every edge moved outwards, as a polygon with rounded corners."""
    ends = boxes.astype(np.float64)
    starts = np.roll(ends, 1, axis=1)
    cross = starts[:, :, 0] * ends[:, :, 1] - starts[:, :, 1] * ends[:, :, 0]
    area = np.abs(cross.sum(axis=1)) / 2
    perimeter = np.linalg.norm(ends - starts, axis=2).sum(axis=1)
    grown = []
    for box, distance in zip(boxes, area * UNCLIP_RATIO / perimeter, strict=True):
        offset = pyclipper.PyclipperOffset()
        offset.AddPath(box, pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
        grown.append(np.array(offset.Execute(distance)[0], np.int32))
    return grown


def _to_pixels(
    boxes: NDArray[np.float32], map_shape: tuple[int, ...], canvas_shape: tuple[int, ...]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Boxes of the map on whole pixels of the canvas, and which are MIN_SIDE_PX wide and high."""
    mapped, size = (np.array(shape[::-1], np.float32) for shape in (map_shape, canvas_shape))
    # dividing and multiplying in float32, as RapidOCR does, decides the rounding of .5
    rounded = np.clip(np.round(boxes / mapped * size), 0, size).astype(np.int32)
    by_x = np.argsort(rounded[:, :, 0], axis=1)
    left, right = _by_y(rounded, by_x[:, :2]), _by_y(rounded, by_x[:, 2:])
    quads = np.stack([left[:, 0], right[:, 0], right[:, 1], left[:, 1]], axis=1)
    quads = np.clip(quads, 0, size - 1).astype(np.float32)
    width = np.linalg.norm(quads[:, 0] - quads[:, 1], axis=1)
    height = np.linalg.norm(quads[:, 0] - quads[:, 3], axis=1)
    return quads, (width >= MIN_SIDE_PX) & (height >= MIN_SIDE_PX)

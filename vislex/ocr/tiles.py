"""Overlapping tiles of a large canvas, and boxes put together over their seams."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vislex.ocr.detect import Quads

TILE_PX = 960  # the longest side of a common canvas
OVERLAP_PX = 64  # so that a line of text up to this height is whole in one of two tiles
STEP_PX = 64  # of the sides of tiles in rows and columns, so that there are few shapes
MAX_BOXES = 2000  # the surest are compared with each other, which takes the square of their number
_PLAIN = 8  # of 255 by which a tile may vary that holds no text
_AT_SEAM_PX = 4
_SAME = 0.5  # of the smaller box that two tiles' boxes of one text share
_SAME_ROW = 0.6  # of the lower box's height, or of the narrower one's width


@dataclass(frozen=True)
class Tile:
    """Where a tile lies, in px of its canvas, ends not included."""

    top: int
    left: int
    bottom: int
    right: int


def tiles_of(height: int, width: int) -> list[Tile]:
    """Tiles of at most 960 px a side that cover a canvas; all of them have one size.

    One column or row of tiles has the longest side, as pages come in any length and each shape
    costs memory; of rows and columns the sides are as short as covers them.

    >>> tiles_of(1600, 448)
    [Tile(top=0, left=0, bottom=960, right=448), Tile(top=640, left=0, bottom=1600, right=448)]
    """
    grid = min(height, width) > TILE_PX
    tile_height, tile_width = _side(height, grid), _side(width, grid)
    return [
        Tile(top, left, top + tile_height, left + tile_width)
        for top in _starts(height, tile_height)
        for left in _starts(width, tile_width)
    ]


def _count(length: int) -> int:
    return max(1, -(-(length - OVERLAP_PX) // (TILE_PX - OVERLAP_PX)))


def _side(length: int, grid: bool) -> int:
    if length <= TILE_PX or not grid:
        return min(length, TILE_PX)
    count = _count(length)
    fitting = -(-(length + (count - 1) * OVERLAP_PX) // count)
    return min(-(-fitting // STEP_PX) * STEP_PX, TILE_PX)


def _starts(length: int, side: int) -> list[int]:
    count = _count(length)
    return [round(place * (length - side) / max(count - 1, 1)) for place in range(count)]


def is_plain(pixels: NDArray[np.uint8]) -> bool:
    """Whether (h, w, 3) pixels are of one colour, so that no text can be there."""
    return bool(np.ptp(pixels, axis=(0, 1)).max() <= _PLAIN)


def joined(found: list[tuple[Tile, Quads]], height: int, width: int) -> Quads:
    """The boxes of all tiles on a canvas of that size: each text once, though a seam cuts it."""
    shifted = [quads.quads + np.array([tile.left, tile.top]) for tile, quads in found if len(quads)]
    if not shifted:
        return Quads(np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    quads = np.concatenate(shifted).astype(np.float32)
    scores = np.concatenate([quads_.scores for _, quads_ in found])
    of_tile = np.repeat(np.arange(len(found)), [len(quads_) for _, quads_ in found])
    if len(found) == 1:
        return Quads(quads, scores)
    if len(quads) > MAX_BOXES:
        surest = np.sort(np.argsort(-scores, kind="stable")[:MAX_BOXES])
        quads, scores, of_tile = quads[surest], scores[surest], of_tile[surest]
    tiles = np.array([(t.left, t.top, t.right, t.bottom) for t, _ in found])[of_tile]
    groups = list(_groups(_are_one(quads, of_tile, tiles, (width, height))))
    whole = np.stack([_around(quads[group]) for group in groups])
    return Quads(whole, np.array([scores[group].max() for group in groups], np.float32))


def _are_one(
    quads: NDArray[np.float32],
    of_tile: NDArray[np.int64],
    tiles: NDArray[np.int64],
    size: tuple[int, int],
) -> NDArray[np.bool_]:
    """(n, n): which boxes of different tiles are of one text."""
    low, high = quads.min(axis=1), quads.max(axis=1)
    side = np.maximum(high - low, 1.0)
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)  # (n, n, 2)
    least = np.minimum(side[:, None], side)
    area = shared.clip(0).prod(axis=2)
    same = area >= _SAME * np.minimum(side.prod(axis=1)[:, None], side.prod(axis=1))
    cut = _cut(low, high, tiles, size)
    for along, across in ((0, 1), (1, 0)):  # side by side; one above the other
        touch = (shared[..., along] > 0) & (shared[..., across] >= _SAME_ROW * least[..., across])
        same |= touch & (cut[:, along][:, None] | cut[:, along])
    return np.asarray(same & (of_tile[:, None] != of_tile))


def _cut(
    low: NDArray[np.float32],
    high: NDArray[np.float32],
    tiles: NDArray[np.int64],
    size: tuple[int, int],
) -> NDArray[np.bool_]:
    """(n, 2): whether a box ends at a seam on the left or right; and above or below."""
    first, last = tiles[:, :2], tiles[:, 2:]
    start = (low - first <= _AT_SEAM_PX) & (first > 0)
    end = (last - high <= _AT_SEAM_PX) & (last < np.array(size))
    return np.asarray(start | end)


def _groups(same: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Numbers that hang together by `same`, each group once."""
    left = np.ones(len(same), bool)
    for start in range(len(same)):
        if not left[start]:
            continue
        group, edge = np.zeros(len(same), bool), np.zeros(len(same), bool)
        group[start] = edge[start] = True
        while edge.any():
            edge = same[edge].any(axis=0) & ~group
            group |= edge
        left &= ~group
        yield np.flatnonzero(group)


def _around(quads: NDArray[np.float32]) -> NDArray[np.float32]:
    """The one quad around several (n, 4, 2), clockwise from the top left."""
    if len(quads) == 1:
        return np.asarray(quads[0])
    low, high = quads.min(axis=(0, 1)), quads.max(axis=(0, 1))
    if not (quads[:, 0, 1] != quads[:, 1, 1]).any():  # upright
        return np.array([low, (high[0], low[1]), high, (low[0], high[1])], np.float32)
    corners = cv2.boxPoints(cv2.minAreaRect(quads.reshape(-1, 2)))
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = (pair[np.argsort(pair[:, 1], kind="stable")] for pair in (by_x[:2], by_x[2:]))
    return np.array([left[0], right[0], right[1], left[1]], np.float32)

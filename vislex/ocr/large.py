"""A large canvas -> its boxes, found at the scale at which its text can be read.

A long page is looked at as wide as a phone's canvas, in tiles as high as one; anything else first
as a whole. Boxes around text that is too small there say nothing of its height: they have a least
height, or hold several lines. So a window, where most boxes are, is looked at with all of the
canvas's pixels, and the busiest one where few are: the heights there tell the scale at which all is
looked at again, if it has to be.
Where nothing was found at first, that is the canvas's own. Its size bounds the time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vislex.contract.images import CANVAS, OCR_DET, TEXT_MAP
from vislex.errors import ModelFailed
from vislex.infer import Infer, infer_all
from vislex.ocr.border import content_box
from vislex.ocr.canvas import LONG, MAX_SIDE_PX, Canvas, detector_size
from vislex.ocr.detect import Quads, quads_from_map
from vislex.ocr.tiles import TILE_PX, is_plain, joined, tiles_of

_PHONE_WIDTH_PX = 448  # of a phone's canvas
_READABLE_PX = 12  # boxes of a quarter of the text may be lower; 94 % of the characters are right
_AIM_PX = 17  # and this high they become where they were too low; screens have 17 to 24
_FEW = 8  # boxes in a window: it may not show the page's text, so another is asked as well
_WHOLE = 0.95  # of a canvas's pixels a side


@dataclass(frozen=True)
class View:
    """The pixels that crops are cut from, the boxes on them, and the way back to the image."""

    pixels: NDArray[np.uint8]  # (H, W, 3) RGB
    quads: Quads
    scale: NDArray[np.float32]  # (2,) image px per px, (x, y)
    origin: NDArray[np.float32]  # (2,) px of the image where the pixels begin
    enough: bool = True  # False: there may be text that is too small at this scale


def is_large_canvas(canvas: Canvas) -> bool:
    """Whether a canvas has to be read in tiles."""
    return max(canvas.pixels.shape[:2]) > MAX_SIDE_PX


def look(canvas: Canvas, infer: Infer) -> View:
    """The boxes of a large canvas. Raises ModelFailed."""
    top, left, bottom, right = content_box(canvas.pixels)
    part = canvas.pixels[top:bottom, left:right]
    origin = np.array([left, top], np.float32) * canvas.scale
    ratio = _first_ratio(*part.shape[:2])
    level, quads = _level(part, ratio, infer)
    finer = _finer(part, quads, ratio, infer)
    if finer > ratio:
        level, quads = _level(part, finer, infer)
    scale = canvas.scale * np.array(part.shape[1::-1]) / level.shape[1::-1]
    # The image itself may have more pixels than its canvas was allowed.
    enough = len(quads) > 0 or float(canvas.scale.max()) * _WHOLE <= 1
    return View(level, quads, scale.astype(np.float32), origin, enough or is_plain(part))


def _first_ratio(height: int, width: int) -> float:
    longest, shortest = max(height, width), min(height, width)
    if longest > LONG * shortest:
        return min(1.0, _PHONE_WIDTH_PX / shortest)
    return min(1.0, MAX_SIDE_PX / longest)


def _finer(part: NDArray[np.uint8], quads: Quads, ratio: float, infer: Infer) -> float:
    """The scale at which the text of a page can be read; `ratio` where it can be already."""
    if ratio >= _WHOLE or is_plain(part):
        return ratio
    if not len(quads):
        return 1.0
    heights = _heights(_window(part, _crowded(quads.quads.mean(axis=1) / ratio)), infer)
    if len(heights) < _FEW:
        heights = np.concatenate([heights, _heights(_window(part, _busiest(part)), infer)])
    lower = float(np.percentile(heights, 25)) if len(heights) else _AIM_PX / ratio
    return ratio if lower * ratio >= _READABLE_PX else min(1.0, max(ratio, _AIM_PX / lower))


def _heights(window: NDArray[np.uint8], infer: Infer) -> NDArray[np.float32]:
    """The heights of the boxes found in a window."""
    height, width = detector_size(*window.shape[:2])
    picture = np.asarray(cv2.resize(window, (width, height)), np.uint8)
    (text_map,) = detect([picture], infer)
    return box_heights(quads_from_map(text_map, window.shape[:2]).quads)


def _crowded(middles: NDArray[np.float32]) -> NDArray[np.float32]:
    """The one of the middles (n, 2) that has most others within half a window."""
    apart = np.abs(middles[:, None] - middles).max(axis=2)
    return np.asarray(middles[int((apart <= TILE_PX / 2).sum(axis=1).argmax())])


def _busiest(part: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The middle of the window whose brightness changes most from px to px, as text does."""
    changes = np.abs(cv2.Laplacian(cv2.cvtColor(part[::2, ::2], cv2.COLOR_RGB2GRAY), cv2.CV_16S))
    smooth = cv2.boxFilter(changes.astype(np.float32), -1, (TILE_PX // 2, TILE_PX // 2))
    row, column = np.unravel_index(int(smooth.argmax()), smooth.shape)
    return np.array([column * 2, row * 2], np.float32)


def _window(part: NDArray[np.uint8], middle: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The window of a tile's size around a point (x, y), moved to lie inside."""
    last = np.maximum(np.array(part.shape[1::-1]) - TILE_PX, 0)
    left, top = np.clip(middle - TILE_PX / 2, 0, last).astype(int).tolist()
    return part[top : top + TILE_PX, left : left + TILE_PX]


def box_heights(quads: NDArray[np.float32]) -> NDArray[np.float32]:
    """The shorter side of each of (n, 4, 2) quads: (n,)."""
    sides = np.linalg.norm(quads - np.roll(quads, -1, axis=1), axis=2)
    return np.asarray(np.minimum(sides[:, 0], sides[:, 1]), np.float32)


def _level(part: NDArray[np.uint8], ratio: float, infer: Infer) -> tuple[NDArray[np.uint8], Quads]:
    """The pixels at a scale, and the boxes found on them, tile by tile."""
    height, width = detector_size(*(round(side * ratio) for side in part.shape[:2]))
    pixels = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    tiles = tiles_of(height, width)
    cut = [pixels[t.top : t.bottom, t.left : t.right] for t in tiles]
    shown = [i for i, tile in enumerate(cut) if not is_plain(tile)]
    maps = detect([cut[i] for i in shown], infer)
    boxes = [
        (tiles[i], quads_from_map(text_map, cut[i].shape[:2]))
        for i, text_map in zip(shown, maps, strict=True)
    ]
    return pixels, joined(boxes, height, width)


def detect(pictures: Sequence[NDArray[np.uint8]], infer: Infer) -> Iterator[NDArray[np.float32]]:
    """The text map (H, W) of each (H, W, 3) picture, whose sides are multiples of 32.

    A call is one picture: on a CPU eight together take 1.1 to 1.3 times as long, and more memory.
    Raises ModelFailed.
    """
    batches = [{CANVAS.name: picture[None]} for picture in pictures]
    answers = infer_all(infer, OCR_DET, batches)
    for batch, answer in zip(batches, answers, strict=True):
        maps, expected = answer[TEXT_MAP.name], batch[CANVAS.name].shape[:3]
        if maps.shape != expected:
            raise ModelFailed(f"{OCR_DET.name} answered {maps.shape}; expected {expected}")
        yield maps[0]

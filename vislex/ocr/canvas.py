"""An image of any size -> the one picture that is both searched for text and cropped."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vislex.errors import InvalidImage

CANVAS_STEP_PX = 32  # the detector halves its input five times; RapidOCR rounds to the same step
MIN_SIDE_PX = 30  # below it text is too small to detect; RapidOCR enlarges such images, and we do
# 1280 reads 0.2 % more of the sample screens' text (F1 of character pairs 0.932 against 0.930) and
# takes the detector 1.8 times as long; 736 reads 1.7 % less (0.913).
MAX_SIDE_PX = 960


@dataclass(frozen=True)
class Canvas:
    """Pixels to read, and the way back: canvas px * scale = image px."""

    pixels: NDArray[np.uint8]  # (H, W, 3) RGB, H and W multiples of CANVAS_STEP_PX
    scale: NDArray[np.float32]  # (2,) image px per canvas px, (x, y)


def make_canvas(image: NDArray[np.uint8], max_side_px: int = MAX_SIDE_PX) -> Canvas:
    """Resizes (h, w, 3) uint8 RGB so that it can be read; any size with at least one pixel will do.

    The long side becomes at most `max_side_px`, then both become multiples of 32, as in RapidOCR
    1.4.4. Unlike it: a side that would round to 0 becomes 32 (it raises); small images grow only up
    to `max_side_px`; crops of an image within the limit come from the rounded canvas, too, which
    tells in strips of less than 64 px; and an image more than 8 times as wide as high is not put
    between black bars.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise InvalidImage(f"an image is {image.dtype} {image.shape}; expected uint8 (h, w, 3)")
    height, width = image.shape[:2]
    canvas_height, canvas_width = canvas_size(height, width, max_side_px)
    pixels = image
    if (canvas_height, canvas_width) != (height, width):
        resized = cv2.resize(image, (canvas_width, canvas_height), interpolation=cv2.INTER_LINEAR)
        pixels = np.asarray(resized, np.uint8)
    scale = np.array([width / canvas_width, height / canvas_height], np.float32)
    return Canvas(pixels, scale)


def canvas_size(height: int, width: int, max_side_px: int = MAX_SIDE_PX) -> tuple[int, int]:
    """Canvas (height, width) for an image of that many px.

    >>> canvas_size(2400, 1080, 960)
    (960, 448)
    """
    longest, shortest = max(height, width), min(height, width)
    ratio = 1.0
    if longest > max_side_px:
        ratio = max_side_px / longest
    elif shortest < MIN_SIDE_PX:
        ratio = min(MIN_SIDE_PX / shortest, max_side_px / longest)
    return _to_step(int(height * ratio)), _to_step(int(width * ratio))


def _to_step(side_px: int) -> int:
    return max(CANVAS_STEP_PX, round(side_px / CANVAS_STEP_PX) * CANVAS_STEP_PX)

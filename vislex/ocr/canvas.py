"""An image of any size -> the one picture that is both searched for text and cropped."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vislex.errors import InvalidImage
from vislex.timing import stage

CANVAS_STEP_PX = 32  # the detector halves its input five times; RapidOCR rounds to the same step
MIN_SIDE_PX = 30  # below it text is too small to detect; RapidOCR enlarges such images, and we do
# 1280 reads 0.2 % more of the sample screens' text (F1 of character pairs 0.932 against 0.930) and
# takes the detector 1.8 times as long; 736 reads 1.7 % less (0.913).
MAX_SIDE_PX = 960
# The canvases of common phone screens, (height, width): 19.5:9 and 20:9, 18:9, 16:9, on its side.
COMMON_CANVASES_PX = ((960, 448), (960, 480), (960, 544), (448, 960))


@dataclass(frozen=True)
class Canvas:
    """Pixels to read, and the way back: canvas px * scale = image px."""

    pixels: NDArray[np.uint8]  # (H, W, 3) RGB
    scale: NDArray[np.float32]  # (2,) image px per canvas px, (x, y)


@stage("canvas")
def make_canvas(image: NDArray[np.uint8], max_side_px: int = MAX_SIDE_PX) -> Canvas:
    """Resizes (h, w, 3) uint8 RGB so that it can be read; any size with at least one pixel will do.

    An image with a longer side than `max_side_px`, or one so thin that it is enlarged, comes out
    with sides that are multiples of 32; one that fits stays as it is, as in RapidOCR 1.4.4. Unlike
    it: a side that would round to 0 becomes 32 (it raises); small images grow only up to
    `max_side_px`; and an image more than 8 times as wide as high is not put between black bars.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise InvalidImage(f"an image is {image.dtype} {image.shape}; expected uint8 (h, w, 3)")
    height, width = image.shape[:2]
    canvas_height, canvas_width = canvas_size(height, width, max_side_px)
    scale = np.array([width / canvas_width, height / canvas_height], np.float32)
    return Canvas(_resized(image, canvas_height, canvas_width), scale)


def canvas_size(height: int, width: int, max_side_px: int = MAX_SIDE_PX) -> tuple[int, int]:
    """Canvas (height, width) for an image of that many px.

    >>> canvas_size(2400, 1080, 960)
    (960, 448)
    """
    longest, shortest = max(height, width), min(height, width)
    if longest > max_side_px:
        ratio = max_side_px / longest
    elif shortest < MIN_SIDE_PX:
        ratio = min(MIN_SIDE_PX / shortest, max_side_px / longest)
    else:
        return height, width
    return detector_size(int(height * ratio), int(width * ratio))


def detector_size(height: int, width: int) -> tuple[int, int]:
    """The nearest (height, width) that the detector takes: multiples of 32."""
    return _to_step(height), _to_step(width)


def detector_pixels(canvas: Canvas) -> NDArray[np.uint8]:
    """The canvas in the size that the detector takes."""
    return _resized(canvas.pixels, *detector_size(*canvas.pixels.shape[:2]))


def _resized(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    if (height, width) == pixels.shape[:2]:
        return pixels
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _to_step(side_px: int) -> int:
    return max(CANVAS_STEP_PX, round(side_px / CANVAS_STEP_PX) * CANVAS_STEP_PX)

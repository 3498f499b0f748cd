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

LONG = 2.6  # times as long as wide: no single screen, phones end at 2.4
_WIDE = 2.0  # a picture wider than high, and no more than this, is of a desktop or a tablet
_DESKTOP_SIDE_PX = 1440  # beyond it the text of a desktop becomes too small on a canvas of 960 px
_PHONE_SIDE_PX = 3360  # and that of anything else; phones of 1440 x 3200 have large text
MAX_LARGE_PX = 8_300_000  # 3840 x 2160 are its own size; 25 MB to hand over


@dataclass(frozen=True)
class Canvas:
    """Pixels to read, and the way back: canvas px * scale = image px."""

    pixels: NDArray[np.uint8]  # (H, W, 3) RGB
    scale: NDArray[np.float32]  # (2,) image px per canvas px, (x, y)


@stage("canvas")
def make_canvas(
    image: NDArray[np.uint8], max_side_px: int = MAX_SIDE_PX, max_large_px: int = MAX_LARGE_PX
) -> Canvas:
    """Resizes (h, w, 3) uint8 RGB so that it can be read; any size with at least one pixel will do.

    An image with a longer side than `max_side_px`, or one so thin that it is enlarged, comes out
    with sides that are multiples of 32; one that fits stays as it is, as in RapidOCR 1.4.4. Unlike
    it: a side that would round to 0 becomes 32 (it raises); small images grow only up to
    `max_side_px`; and an image more than 8 times as wide as high is not put between black bars.

    A large image (`is_large`) keeps up to `max_large_px` pixels and is read in tiles, as
    `vislex.ocr.large` says.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise InvalidImage(f"an image is {image.dtype} {image.shape}; expected uint8 (h, w, 3)")
    height, width = image.shape[:2]
    if is_large(height, width, max_side_px):
        canvas_height, canvas_width = large_size(height, width, max_large_px)
    else:
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


def is_large(height: int, width: int, max_side_px: int = MAX_SIDE_PX) -> bool:
    """Whether an image of that many px may hold text too small to read on one canvas.

    >>> is_large(2400, 1080), is_large(4800, 1080), is_large(2160, 3840)
    (False, True, True)
    """
    longest, shortest = max(height, width), min(height, width)
    if longest <= max_side_px or shortest < CANVAS_STEP_PX:
        return False
    desktop = width > height and width <= _WIDE * height and width > _DESKTOP_SIDE_PX
    return desktop or longest > LONG * shortest or longest > _PHONE_SIDE_PX


def large_size(height: int, width: int, max_px: int = MAX_LARGE_PX) -> tuple[int, int]:
    """Canvas (height, width) for a large image: its own, or as many pixels as are allowed.

    >>> large_size(2160, 3840), large_size(12_000, 1080)
    ((2176, 3840), (9600, 864))
    """
    ratio = min(1.0, (max_px / (height * width)) ** 0.5)
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

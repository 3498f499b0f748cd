"""What stands on a plain border: a picture in a picture."""

import numpy as np
from numpy.typing import NDArray

_STEP_PX = 4  # every fourth pixel tells about where the plain border ends
_PLAIN = 16  # of 255 by which a border may vary
_INSET = 0.7  # of a side that content leaves plain to be taken for a picture in a picture


def content_box(pixels: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of what stands on a plain border of (h, w, 3) pixels.

    A side that content fills to more than 0.7 keeps its whole length.
    """
    plain = pixels[0, 0].astype(np.int16)
    height, width = pixels.shape[:2]
    rows, columns = _differing(pixels[::_STEP_PX, ::_STEP_PX], plain)
    top, bottom = _about(rows, height)
    left, right = _about(columns, width)
    if (bottom - top, right - left) == (height, width):
        return 0, 0, height, width
    rows, columns = _differing(pixels[top:bottom, left:right], plain)
    first, last = _exactly(rows) if bottom - top < height else (0, height)
    start, end = _exactly(columns) if right - left < width else (0, width)
    return top + first, left + start, top + last, left + end


def _differing(
    pixels: NDArray[np.uint8], plain: NDArray[np.int16]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows and which columns hold anything but the border's colour."""
    differs = (np.abs(pixels.astype(np.int16) - plain) > _PLAIN).any(axis=2)
    return differs.any(axis=1), differs.any(axis=0)


def _about(there: NDArray[np.bool_], length_px: int) -> tuple[int, int]:
    places = np.flatnonzero(there)
    if not len(places):
        return 0, length_px
    low = max(int(places[0] - 1) * _STEP_PX, 0)
    high = min(int(places[-1] + 1) * _STEP_PX, length_px)
    return (low, high) if high - low < _INSET * length_px else (0, length_px)


def _exactly(there: NDArray[np.bool_]) -> tuple[int, int]:
    places = np.flatnonzero(there)
    return int(places[0]), int(places[-1]) + 1

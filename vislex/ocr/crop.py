"""Canvas and quads -> one upright crop per line, as high as the recogniser wants it."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from vislex.contract.images import CROP_HEIGHT_PX
from vislex.timing import stage

MAX_CROP_WIDTH_PX = 3200  # about 130 characters in a row; longer lines are squeezed into it
VERTICAL_RATIO = 1.5  # a crop this many times higher than wide holds vertical text: turn it
_LEAN = math.tan(math.radians(30))  # vertical text leans less; a line that rises as steeply, rarely


@stage("crop")
def cut_crops(pixels: NDArray[np.uint8], quads: NDArray[np.float32]) -> list[NDArray[np.uint8]]:
    """Cuts (n, 4, 2) quads out of (H, W, 3) pixels: n crops of (48, w, 3), w from 1 to 3200.

    The same perspective, interpolation and rotation as RapidOCR 1.4.4, but for vertical text whose
    top leans to the right. The corners of such a quad begin at its foot, so RapidOCR reads it from
    there, with its letters upside down; here it reads from the top, as vertical text that stands
    straight or leans to the left.
    """
    whole = np.ascontiguousarray(quads, np.float32)  # as OpenCV wants each of them
    sides = np.linalg.norm(whole - np.roll(whole, -1, axis=1), axis=2)  # top, right, bottom, left
    sizes = np.maximum(sides[:, :2], sides[:, 2:]).astype(int).tolist()
    return [
        _to_height(_straighten(pixels, quad, width, height, upright))
        for quad, (width, height), upright in zip(whole, sizes, _upright(whole), strict=True)
    ]


def _upright(quads: NDArray[np.float32]) -> list[bool]:
    """Which of (n, 4, 2) quads are rectangles along the axes, clockwise from the top left."""
    low, high = quads[:, 0], quads[:, 2]
    low_x, low_y, high_x, high_y = *low.T, *high.T
    corners = np.stack([low_x, low_y, high_x, low_y, high_x, high_y, low_x, high_y], axis=1)
    same = (quads.reshape(-1, 8) == corners) & (corners == np.floor(corners))
    answer: list[bool] = (
        same.all(axis=1) & (low < high).all(axis=1) & (low >= 0).all(axis=1)
    ).tolist()
    return answer


def _straighten(
    pixels: NDArray[np.uint8], quad: NDArray[np.float32], width: int, height: int, upright: bool
) -> NDArray[np.uint8]:
    if upright:  # most are; the perspective of such a quad is a shift, which moves whole pixels
        left, top = map(int, quad[0])
        crop = pixels[top : top + height, left : left + width]
    else:
        target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        warped = cv2.warpPerspective(
            pixels,
            cv2.getPerspectiveTransform(quad, target),
            (width, height),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        crop = np.asarray(warped, np.uint8)
        if width >= VERTICAL_RATIO * height and _rises_steeply(quad):
            crop = np.rot90(crop, 2)
    return np.rot90(crop) if height >= VERTICAL_RATIO * width else crop


def _rises_steeply(quad: NDArray[np.float32]) -> bool:
    """Whether the first side of a quad runs upwards, 30 degrees at most from the vertical."""
    x, y = quad[1] - quad[0]
    return bool(y < 0 and abs(x) < -y * _LEAN)


def _to_height(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = crop.shape[:2]
    width_px = min(math.ceil(CROP_HEIGHT_PX * (width / height)), MAX_CROP_WIDTH_PX)
    return np.asarray(cv2.resize(crop, (width_px, CROP_HEIGHT_PX)), np.uint8)

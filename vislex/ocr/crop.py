"""Canvas and quads -> one upright crop per line, as high as the recogniser wants it."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from vislex.contract import CROP_HEIGHT_PX

MAX_CROP_WIDTH_PX = 3200  # about 130 characters in a row; longer lines are squeezed into it
VERTICAL_RATIO = 1.5  # a crop this many times higher than wide holds vertical text: turn it


def cut_crops(pixels: NDArray[np.uint8], quads: NDArray[np.float32]) -> list[NDArray[np.uint8]]:
    """Cuts (n, 4, 2) quads out of (H, W, 3) pixels: n crops of (48, w, 3), w from 1 to 3200.

    The same perspective, interpolation and rotation as RapidOCR 1.4.4.
    """
    whole = np.ascontiguousarray(quads, np.float32)  # as OpenCV wants each of them
    return [_to_height(_straighten(pixels, quad)) for quad in whole]


def _straighten(pixels: NDArray[np.uint8], quad: NDArray[np.float32]) -> NDArray[np.uint8]:
    top, right, bottom, left = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    width, height = int(max(top, bottom)), int(max(left, right))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    crop = cv2.warpPerspective(
        pixels,
        cv2.getPerspectiveTransform(quad, target),
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(np.rot90(crop) if height >= VERTICAL_RATIO * width else crop, np.uint8)


def _to_height(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = crop.shape[:2]
    width_px = min(math.ceil(CROP_HEIGHT_PX * (width / height)), MAX_CROP_WIDTH_PX)
    return np.asarray(cv2.resize(crop, (width_px, CROP_HEIGHT_PX)), np.uint8)

"""The part of a large picture that shows what a gallery's screens show.

A long screenshot holds a screen at its top and more below; a phone mirrored on a desktop is a small
part of it. Their whole, made as small as an encoder wants it, looks like no screen.
"""

import numpy as np
from numpy.typing import NDArray

from vislex.ocr.border import content_box
from vislex.ocr.canvas import LONG, is_large

_SCREEN = 2.0  # times as high as wide: between phones of 16:9 and of 20:9


def viewport(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What to embed of (h, w, 3) RGB: the image itself, unless it is a large one.

    Of that the content without its plain border, and of a long page its first screen.
    """
    height, width = image.shape[:2]
    if not is_large(height, width):
        return image
    top, left, bottom, right = content_box(image)
    content = image[top:bottom, left:right]
    height, width = content.shape[:2]
    return content[: round(_SCREEN * width)] if height > LONG * width else content

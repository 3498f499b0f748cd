"""The mean colour of an image."""

import numpy as np
from numpy.typing import NDArray

from vislex.timing import stage


@stage("average")
def mean_colour(image: NDArray[np.uint8], scale: str) -> NDArray[np.float32]:
    """The mean of each channel of RGB uint8 (h, w, 3), from 0 to 255 or, for "unit", from 0 to 1.

    float32 (3,).
    """
    mean = image.mean(axis=(0, 1))
    return (mean / 255 if scale == "unit" else mean).astype(np.float32)

"""NaFlex preparation: one RGB image -> the patches SigLIP2 takes.

The image keeps its aspect ratio, is scaled so that whole 16 px patches fill at most
`max_num_patches`, and is cut up row by row. Equal bit for bit to the image processor of
transformers over PIL (`Siglip2ImageProcessor` in 4.57, `Siglip2ImageProcessorPil` in 5.x).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vislex.contract.images import (
    MAX_NUM_PATCHES,
    PATCH_VALUES,
    PIXEL_MASK,
    PIXEL_VALUES,
    SPATIAL_SHAPES,
)
from vislex.contract.spec import Tensors
from vislex.errors import InvalidImage
from vislex.timing import stage

PATCH_PX = 16
_SCALE_STEP = 1e-5  # where the processor's search for a scale ends
_SCALE_MAX = 100.0

# 0..255 -> -1..1. The processor rescales in float64, rounds to float32 and normalises there, with
# mean and deviation 0.5; a table of the 256 results gives the same bits without the arithmetic.
_NORMALISED: NDArray[np.float32] = (
    (np.arange(256, dtype=np.float64) * (1 / 255)).astype(np.float32) - np.float32(0.5)
) / np.float32(0.5)


@dataclass(frozen=True)
class Patches:
    """One image as SigLIP2 takes it; beyond `rows * columns` patches everything is 0."""

    pixel_values: NDArray[np.float32]  # (max_num_patches, 768), values ordered (y, x, channel)
    pixel_attention_mask: NDArray[np.int32]  # (max_num_patches,), 1 where a patch is real
    spatial_shapes: NDArray[np.int32]  # (2,), rows and columns of patches


@stage("patches")
def prepare_patches(
    image: NDArray[np.uint8], max_num_patches: int = MAX_NUM_PATCHES
) -> Patches:  # image: (h, w, 3), RGB
    """Resizes with PIL's antialiased bilinear filter, normalises to -1..1, cuts into patches.

    Raises InvalidImage when `image` is not uint8 of shape (h, w, 3), h and w at least 1.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise InvalidImage(
            f"image is {image.dtype} of shape {image.shape}; expected uint8 (height, width, 3)"
        )
    rows, columns = grid_for(image.shape[0], image.shape[1], max_num_patches)
    resized = Image.fromarray(np.ascontiguousarray(image)).resize(
        (columns * PATCH_PX, rows * PATCH_PX), Image.Resampling.BILINEAR
    )
    count = rows * columns
    pixel_values = np.zeros((max_num_patches, PATCH_VALUES), np.float32)
    pixel_values[:count] = _NORMALISED[_cut(np.asarray(resized), rows, columns)]
    mask = np.zeros(max_num_patches, np.int32)
    mask[:count] = 1
    return Patches(pixel_values, mask, np.array([rows, columns], np.int32))


def stack(patches: Sequence[Patches]) -> Tensors:
    """The tensors of one batch, by the names of the `siglip2` model's inputs."""
    return {
        PIXEL_VALUES.name: np.stack([p.pixel_values for p in patches]),
        PIXEL_MASK.name: np.stack([p.pixel_attention_mask for p in patches]),
        SPATIAL_SHAPES.name: np.stack([p.spatial_shapes for p in patches]),
    }


@lru_cache(maxsize=4096)
def grid_for(
    height: int, width: int, max_num_patches: int = MAX_NUM_PATCHES
) -> tuple[int, int]:  # pixels -> (rows, columns) of patches
    """The largest grid of at most `max_num_patches` that the processor's bisection finds.

    Both sides are scaled alike and rounded up to whole patches, so the ratio is kept to within a
    patch. The bisection is the processor's own, step for step: a closed form would differ where
    it stops short of an exact edge.

        grid_for(2400, 1080) == (23, 11)
    """
    low, high = _SCALE_STEP / 10, _SCALE_MAX
    while high - low >= _SCALE_STEP:
        scale = (low + high) / 2
        if _patches_along(height, scale) * _patches_along(width, scale) <= max_num_patches:
            low = scale
        else:
            high = scale
    return _patches_along(height, low), _patches_along(width, low)


def _patches_along(side_px: int, scale: float) -> int:
    return max(1, math.ceil(side_px * scale / PATCH_PX))


def _cut(pixels: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    """(rows * 16, columns * 16, 3) -> (rows * columns, 768), patch by patch, row by row."""
    tiles = pixels.reshape(rows, PATCH_PX, columns, PATCH_PX, 3)
    return tiles.transpose(0, 2, 1, 3, 4).reshape(rows * columns, PATCH_VALUES)

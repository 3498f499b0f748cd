"""One decoded image as both branches want it: patches for the encoder, a canvas for the reader."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislex.contract.images import EMBEDDING, SIGLIP2
from vislex.images.decode import decode_image
from vislex.images.limits import Limits
from vislex.images.patches import Patches, prepare_patches, stack
from vislex.images.viewport import viewport
from vislex.infer import Infer
from vislex.ocr.canvas import Canvas, make_canvas


@dataclass(frozen=True)
class Prepared:
    """One decoded image, as both branches want it."""

    patches: Patches
    canvas: Canvas


def prepare(data: bytes, limits: Limits) -> Prepared:
    """Decodes an image file once, for both branches. Raises InvalidImage."""
    image = decode_image(data, limits)
    return Prepared(patches_of(image), canvas_of(image, limits))


def patches_of(image: NDArray[np.uint8]) -> Patches:
    """What the encoder sees of an image (h, w, 3): of a large one, the part that shows a screen."""
    return prepare_patches(viewport(image))


def canvas_of(image: NDArray[np.uint8], limits: Limits) -> Canvas:
    """What is read of an image (h, w, 3)."""
    return make_canvas(image, max_large_px=limits.max_reading_pixels)


def embed(images: Sequence[Prepared], infer: Infer) -> NDArray[np.float32]:
    """L2-normalised embeddings, float32 (n, dim). Raises ModelFailed."""
    return infer(SIGLIP2, stack([image.patches for image in images]))[EMBEDDING.name]

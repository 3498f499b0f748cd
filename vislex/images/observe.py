"""What the models make of images: embedded and read, in one place for every offline caller.

The served stages do the same, each in a model of its own so that each keeps its own batches:
`prepare` decodes, `siglip2` embeds, `ocr` reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislex.errors import ModelFailed
from vislex.images.limits import DEFAULT_LIMITS, Limits
from vislex.images.prepare import Prepared, embed, prepare
from vislex.infer import Infer
from vislex.ocr import read_pages
from vislex.ocr.lines import Page


@dataclass(frozen=True)
class Models:
    """What images are embedded and read with; `characters` are those of the recogniser."""

    infer: Infer
    characters: Sequence[str]
    dim: int  # of an embedding
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True)
class Observed:
    """What the models made of one image: enough to answer it under any options."""

    embedding: NDArray[np.float32]  # (dim,), L2-normalised
    page: Page


def observe(images: Sequence[bytes], models: Models, *, read: bool = True) -> list[Observed]:
    """Decodes, embeds and reads image files as one batch; nothing is read where `read` is False.

    Raises InvalidImage for the first file that is no image, ModelFailed when a model fails.
    """
    return observe_prepared([prepare(data, models.limits) for data in images], models, read=read)


def observe_prepared(
    images: Sequence[Prepared], models: Models, *, read: bool = True
) -> list[Observed]:
    """`observe` for images that are decoded already.

    Raises ModelFailed, also for embeddings of another width and such as are not finite.
    """
    if not images:
        return []
    embeddings = np.asarray(embed(images, models.infer), np.float32)
    expected = len(images), models.dim
    if embeddings.shape != expected or not np.isfinite(embeddings).all():
        raise ModelFailed(
            f"the encoder answered {embeddings.shape}; expected {expected}, all of it finite"
        )
    canvases = [image.canvas for image in images]
    off = [Page(off=True)] * len(images)
    pages = read_pages(canvases, models.infer, models.characters) if read else off
    return [Observed(*each) for each in zip(embeddings, pages, strict=True)]

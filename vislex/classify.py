"""The whole request, readable top to bottom: prepare, embed, read, match.

Inside Triton each step runs in its own model, so that each keeps its own batches; offline
`classify` runs them in a row. Both give the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislex.config import DEFAULT_LIMITS, DEFAULT_OPTIONS, Limits, Options
from vislex.contract import EMBEDDING, SIGLIP2
from vislex.errors import ModelFailed
from vislex.fusion import best_first, fuse, text_similarity
from vislex.gallery import Gallery, Neighbours, nearest
from vislex.image import decode_image
from vislex.infer import Infer
from vislex.ocr import read_text
from vislex.ocr.canvas import Canvas, make_canvas
from vislex.ocr.lines import Line
from vislex.openset import Decision, decide
from vislex.siglip import Patches, prepare_patches, stack


@dataclass(frozen=True)
class Prepared:
    """One decoded image, as both branches want it."""

    patches: Patches
    canvas: Canvas


@dataclass(frozen=True)
class Candidate:
    """A gallery image considered for a query, with its scores in 0..1 (visual: cosine)."""

    id: str
    label: str
    visual: float
    text: float
    fused: float


@dataclass(frozen=True)
class Classification:
    """The answer to one query, with its evidence. `label` is the nearest known one in any case."""

    label: str
    score: float
    decision: Decision
    reason: str
    candidates: tuple[Candidate, ...]  # best fused first
    lines: tuple[Line, ...]
    gallery_version: str


def prepare(data: bytes, limits: Limits) -> Prepared:
    """Decodes an image file once, for both branches. Raises InvalidImage."""
    image = decode_image(data, limits)
    return Prepared(prepare_patches(image), make_canvas(image))


def embed(images: Sequence[Prepared], infer: Infer) -> NDArray[np.float32]:
    """L2-normalised embeddings, float32 (n, dim). Raises ModelFailed."""
    return infer(SIGLIP2, stack([image.patches for image in images]))[EMBEDDING.name]


def match(
    embeddings: NDArray[np.float32],
    lines: Sequence[tuple[Line, ...]],
    options: Sequence[Options],
    gallery: Gallery,
) -> list[Classification]:
    """Looks up, fuses and decides for n queries: embeddings (n, dim), lines and options of each."""
    if not np.isfinite(embeddings).all():
        raise ModelFailed("the encoder answered an embedding that is not finite")
    found = nearest(gallery.index, embeddings, max(o.top_k for o in options))
    return [
        _answer(
            Neighbours(found.rows[i, :k], found.similarity[i, :k]), lines[i], options[i], gallery
        )
        for i, k in enumerate(o.top_k for o in options)
    ]


def classify(
    images: Sequence[bytes],
    *,
    infer: Infer,
    characters: Sequence[str],
    gallery: Gallery,
    options: Options = DEFAULT_OPTIONS,
    limits: Limits = DEFAULT_LIMITS,
) -> list[Classification]:
    """Classifies image files in one process, without a server.

    Raises InvalidImage for the first one that is not an image, ModelFailed when a model fails.
    """
    prepared = [prepare(data, limits) for data in images]
    canvases = [image.canvas for image in prepared]
    lines = read_text(canvases, infer, characters) if options.read else [()] * len(prepared)
    return match(embed(prepared, infer), lines, [options] * len(prepared), gallery)


def _answer(
    neighbours: Neighbours, lines: tuple[Line, ...], options: Options, gallery: Gallery
) -> Classification:
    query_text = " ".join(line.text for line in lines)
    items = [gallery.items[row] for row in neighbours.rows]
    visual = neighbours.similarity
    text = text_similarity(query_text, [item.text for item in items])
    fused = fuse(visual, text, options.alpha if options.read else 1.0)
    candidates = tuple(
        Candidate(items[i].id, items[i].label, float(visual[i]), float(text[i]), float(fused[i]))
        for i in best_first(fused)
    )
    best = candidates[0]
    decision, reason = decide(best.fused, options.read, gallery.calibration)
    return Classification(
        best.label, best.fused, decision, reason, candidates, lines, gallery.version
    )

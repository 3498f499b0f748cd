"""From embeddings and lines to answers: look up, rank, decide.

Offline, `classify` is the whole request in one process: observe, then match. Inside Triton each
step runs in its own model, so that each keeps its own batches. Both give the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislex.errors import ModelFailed
from vislex.gallery.index import Neighbours, nearest
from vislex.images.observe import Models, observe
from vislex.ocr import Page
from vislex.ocr.lines import Line, Reading
from vislex.screens.calibration import Decision
from vislex.screens.decision import decide, undecided
from vislex.screens.gallery import Gallery
from vislex.screens.options import DEFAULT_OPTIONS, Options
from vislex.screens.ranking import rank_as_study, rank_both
from vislex.screens.reasons import Cause
from vislex.text.units import screen_text
from vislex.timing import stage


@dataclass(frozen=True)
class Candidate:
    """A gallery image considered for a query: cosine, textual similarity, and both fused."""

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
    confidence: float  # 0..1, calibrated, that the query shows its nearest label
    reason: str
    cause: Cause  # the reason as one word of a closed list, to count by
    candidates: tuple[Candidate, ...]  # best fused first
    lines: tuple[Line, ...]
    gallery_version: str
    reading: Reading = "full"  # "partial": the image holds text that could not be read


def match(
    embeddings: NDArray[np.float32],
    read: Sequence[Page | tuple[Line, ...]],
    options: Sequence[Options],
    gallery: Gallery,
) -> list[Classification]:
    """Looks up, ranks and decides for n queries: embeddings (n, dim), pages and options of each.

    Lines alone are a page that was read whole.
    """
    if not np.isfinite(embeddings).all():
        raise ModelFailed("the encoder answered an embedding that is not finite")
    pages = [each if isinstance(each, Page) else Page(each) for each in read]
    neighbours = nearest(gallery.index, embeddings, max(o.top_k for o in options))
    answers = []
    for i, k in enumerate(o.top_k for o in options):
        near = Neighbours(neighbours.rows[i, :k], neighbours.similarity[i, :k])
        answers.append(_answer(embeddings[i], near, pages[i], options[i], gallery))
    return answers


def classify(
    images: Sequence[bytes],
    models: Models,
    gallery: Gallery,
    options: Options = DEFAULT_OPTIONS,
) -> list[Classification]:
    """Classifies image files in one process, without a server.

    Raises InvalidImage for the first one that is not an image, ModelFailed when a model fails.
    """
    observed = observe(images, models, read=options.read)
    embeddings = np.stack([image.embedding for image in observed])
    return match(embeddings, [image.page for image in observed], [options] * len(images), gallery)


@stage("decide")
def _answer(
    embedding: NDArray[np.float32],
    near: Neighbours,
    page: Page,
    options: Options,
    gallery: Gallery,
) -> Classification:
    read = page if options.read else Page(off=True)
    text = screen_text(read.lines)
    if options.ranking == "study":
        ranked = rank_as_study(near, [line.text for line in read.lines], options, gallery)
    else:
        ranked = rank_both(near, embedding, text, options, gallery)
    if options.decide:
        verdict = decide(ranked, text, gallery, options.alpha, read)
    else:
        verdict = undecided(ranked, gallery)
    candidates = tuple(_candidate(*scores, gallery) for scores in ranked.scores())
    return Classification(
        label=verdict.label,
        score=next(candidate.fused for candidate in candidates if candidate.label == verdict.label),
        decision=verdict.decision,
        confidence=verdict.confidence,
        reason=verdict.reason.text,
        cause=verdict.reason.cause,
        candidates=candidates[: options.top_k],
        lines=page.lines,
        gallery_version=gallery.version,
        reading=read.reading,
    )


def _candidate(row: int, visual: float, text: float, fused: float, gallery: Gallery) -> Candidate:
    items = gallery.items
    return Candidate(items.ids[row], items.labels[row], visual, text, fused)

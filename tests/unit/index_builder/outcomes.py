"""Answers and galleries made by hand, for the tests of an evaluation."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index_builder.evaluation.judged import Judged
from vislex.gallery.index import flat_index
from vislex.gallery.items import Item, Items
from vislex.gallery.recipe import Recipe
from vislex.ocr.lines import Line
from vislex.screens.calibration import Decision, uncalibrated
from vislex.screens.classify import Candidate, Classification
from vislex.screens.gallery import Gallery, assemble


def line(text: str) -> Line:
    return Line(text, 0.9, ((0, 0), (9, 0), (9, 9), (0, 9)))


def answer(
    label: str,
    *candidates: Candidate,
    score: float = 0.8,
    confidence: float = 0.7,
    decision: Decision = "known",
    reason: str = "as it stands",
    text: str = "余额 100",
) -> Classification:
    return Classification(
        label=label,
        score=score,
        decision=decision,
        confidence=confidence,
        reason=reason,
        cause="evidence",
        candidates=candidates,
        lines=(line(text),) if text else (),
        gallery_version="v000001",
    )


def judged(
    truth: str,
    label: str,
    *,
    confidence: float = 0.5,
    decision: Decision = "known",
    visual: str = "",
    text: str = "",
    read: str = "",
) -> Judged:
    outcome = answer(label, confidence=confidence, decision=decision, text=read)
    return Judged("a/1.png", truth, outcome, visual_label=visual, text_label=text)


def gallery_of(images: Sequence[tuple[str, NDArray[np.float32], Sequence[str]]]) -> Gallery:
    """An uncalibrated gallery of (label, embedding, lines); the ids are <label>/<row>.png."""
    items = Items.of(
        Item.of(f"{label}/{row}.png", label, tuple(map(line, texts)))
        for row, (label, _, texts) in enumerate(images)
    )
    vectors = np.stack([embedding for _, embedding, _ in images]).astype(np.float32)
    recipe = Recipe("encoder", vectors.shape[1], 256, "reader", 960)
    return assemble("v000001", items, flat_index(vectors), uncalibrated(), recipe)

"""What only the adapters of `classify` need: its answer as tensors, log fields and metrics.

Imported only by the `model.py` adapters, inside the server.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislex.contract.galleries import GALLERY_VERSION
from vislex.contract.images import LINES, READING
from vislex.contract.screens import (
    CANDIDATE_FUSED,
    CANDIDATE_IDS,
    CANDIDATE_LABELS,
    CANDIDATE_TEXT,
    CANDIDATE_VISUAL,
    CONFIDENCE,
    DECISION,
    LABEL,
    REASON,
    SCORE,
)
from vislex.contract.spec import Tensors
from vislex.ocr.lines import encode_lines
from vislex.screens.classify import Classification
from vislex.triton.metrics import Family, metric

_DECISIONS = Family(
    "vislex_decisions_total",
    "Answers, by gallery, nearest label, decision and what decided it",
)


def answer_tensors(answer: Classification) -> Tensors:
    """A classification as the outputs of `match`."""
    candidates = answer.candidates
    return {
        LABEL.name: _bytes([answer.label]),
        DECISION.name: _bytes([answer.decision]),
        CONFIDENCE.name: np.array([[answer.confidence]], np.float32),
        REASON.name: _bytes([answer.reason]),
        SCORE.name: np.array([[answer.score]], np.float32),
        CANDIDATE_IDS.name: _bytes([c.id for c in candidates]),
        CANDIDATE_LABELS.name: _bytes([c.label for c in candidates]),
        CANDIDATE_VISUAL.name: np.array([[c.visual for c in candidates]], np.float32),
        CANDIDATE_TEXT.name: np.array([[c.text for c in candidates]], np.float32),
        CANDIDATE_FUSED.name: np.array([[c.fused for c in candidates]], np.float32),
        GALLERY_VERSION.name: _bytes([answer.gallery_version]),
        LINES.name: np.array([[encode_lines(answer.lines)]], object),
        READING.name: _bytes([answer.reading]),
    }


def log_fields(answer: Classification, gallery: str) -> dict[str, Any]:
    """What a log may say of an answer from the gallery of that name: never its text."""
    return {
        "gallery": gallery,
        "gallery_version": answer.gallery_version,
        "label": answer.label,
        "decision": answer.decision,
        "cause": answer.cause,
        "reading": answer.reading,
        "confidence": round(answer.confidence, 3),
    }


def count_decision(answer: Classification, gallery: str) -> None:
    """Counts an answer from the gallery of that name."""
    labels = {"gallery": gallery, "label": answer.label, "decision": answer.decision}
    metric(_DECISIONS, **labels, reason=answer.cause).increment(1)


def _bytes(texts: list[str]) -> NDArray[np.object_]:
    return np.array([[text.encode() for text in texts]], dtype=object)

"""Scores: the similarity of two texts, and its weighted sum with the visual similarity."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process


def text_similarity(query: str, candidates: Sequence[str]) -> NDArray[np.float32]:
    """How alike the query's text and each candidate's are, 0..1.

    rapidfuzz's token_set_ratio, as in the source study: lines are tokens, so their order and
    repetition do not count, and small OCR errors cost little. Two empty texts are alike (1), an
    empty and another one are not (0); the ratio itself gives 0 in both cases.
    """
    if not query:
        return np.array([not candidate for candidate in candidates], np.float32)
    scores = process.cdist([query], candidates, scorer=fuzz.token_set_ratio, dtype=np.float32)
    return np.asarray(scores[0] / np.float32(100), np.float32)


def fuse(
    visual: NDArray[np.float32], text: NDArray[np.float32], alpha: float
) -> NDArray[np.float32]:
    """`alpha * visual + (1 - alpha) * text`, elementwise."""
    weight = np.float32(alpha)
    return (weight * visual + (np.float32(1) - weight) * text).astype(np.float32)


def best_first(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    """Indices that sort scores from high to low; equal ones keep their order."""
    return np.argsort(-scores, kind="stable")

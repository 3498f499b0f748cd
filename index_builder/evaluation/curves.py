"""Curves over every threshold of confidence, and the calibration of the confidence.

`right` says of each query whether it truly shows its nearest label; a query of `other` never does.
Queries of equal confidence are accepted together, so no figure depends on their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10  # of confidence, equally wide: what reliability diagrams usually have


@dataclass(frozen=True)
class Curve:
    """Points in order of falling threshold, both coordinates in 0..1."""

    x: NDArray[np.float64]  # (points,)
    y: NDArray[np.float64]  # (points,)


@dataclass(frozen=True)
class Bin:
    """The queries whose confidence lies in [low, high); the last bin holds 1 as well."""

    low: float
    high: float
    count: int
    confidence: float  # mean
    right: float  # share


def roc(known: Sequence[float], other: Sequence[float]) -> Curve | None:
    """x: share of `other` accepted (FPR), y: share of the known accepted (TPR), from (0, 0)."""
    return open_set_curve(known, [True] * len(known), other)


def open_set_curve(
    known: Sequence[float], named: Sequence[bool], other: Sequence[float]
) -> Curve | None:
    """The curve that `ranking.oscr` is the area under: x FPR, y CCR, from (0, 0)."""
    if not known or not other:
        return None
    thresholds = np.unique([*known, *other])[::-1]
    counted = np.asarray(known)[np.asarray(named, bool)]
    x = _reaching(np.asarray(other), thresholds) / len(other)
    y = _reaching(counted, thresholds) / len(known)
    return Curve(np.r_[0.0, x], np.r_[0.0, y])


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> Curve | None:
    """x: coverage, the share of all queries accepted; y: risk, the share of those that are wrong.

    El-Yaniv and Wiener 2010. One point for each distinct confidence, as the threshold at which it
    is just accepted.
    """
    if not confidence:
        return None
    scores, hits = np.asarray(confidence), np.asarray(right, bool)
    thresholds = np.unique(scores)[::-1]
    accepted = _reaching(scores, thresholds)
    return Curve(accepted / len(scores), 1 - _reaching(scores[hits], thresholds) / accepted)


def aurc(confidence: Sequence[float], right: Sequence[bool]) -> float | None:
    """Area under the risk-coverage curve (Geifman, Uziel and El-Yaniv 2019); 0 is best.

    The mean over all queries of the risk at their own confidence: sum of risk(t) times what
    the coverage grows by at t.
    """
    curve = risk_coverage(confidence, right)
    return None if curve is None else float(np.sum(curve.y * np.diff(curve.x, prepend=0.0)))


def reliability(confidence: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """The non-empty bins, of BINS equal bins of confidence, lowest first."""
    scores, hits = np.asarray(confidence), np.asarray(right, bool)
    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    return [
        Bin(
            int(i) / BINS,
            (int(i) + 1) / BINS,
            int((place == i).sum()),
            float(scores[place == i].mean()),
            float(hits[place == i].mean()),
        )
        for i in np.unique(place)
    ]


def ece(confidence: Sequence[float], right: Sequence[bool]) -> float | None:
    """Expected calibration error: sum of count / n * |share right - mean confidence| over the bins.

    Naeini, Cooper and Hauskrecht 2015; widely used since Guo et al. 2017.
    """
    if not confidence:
        return None
    bins = reliability(confidence, right)
    return sum(b.count * abs(b.right - b.confidence) for b in bins) / len(confidence)


def _reaching(scores: NDArray[np.float64], thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many of `scores` are at or above each threshold."""
    below = np.searchsorted(np.sort(scores), thresholds, side="left")
    return np.asarray(len(scores) - below, np.float64)

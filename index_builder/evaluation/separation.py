"""How well a score sets known queries apart from those of `other`, whatever threshold is chosen.

Each figure is None where there is no known query or none of `other`.
"""

from collections.abc import Sequence

import numpy as np

KNOWN_KEPT_PERCENT = 98  # an integer, so that "at least 98 % of 50" has no rounding in it
FPR_KNOWN_KEPT_PERCENT = 95  # as in OpenOOD and what went before it


def auroc(known: Sequence[float], other: Sequence[float]) -> float | None:
    """Area under the ROC curve of scores that should be higher for the known.

    The Mann-Whitney statistic from average ranks, in O(n log n).
    """
    if not known or not other:
        return None
    _, place, counts = np.unique([*known, *other], return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # of each distinct score, from 1, ties averaged
    wins = ranks[place[: len(known)]].sum() - len(known) * (len(known) + 1) / 2
    return float(wins / (len(known) * len(other)))


def rejected_at_known_kept(
    known: Sequence[float], other: Sequence[float], percent: int = KNOWN_KEPT_PERCENT
) -> float | None:
    """Share of `other` below the highest score that at least `percent` % of the known reach."""
    if not known or not other:
        return None
    kept = -(-percent * len(known) // 100)  # rounded up
    threshold = sorted(known, reverse=True)[kept - 1]
    return sum(score < threshold for score in other) / len(other)


def fpr95(known: Sequence[float], other: Sequence[float]) -> float | None:
    """FPR at 95 % TPR: share of `other` accepted by the threshold that keeps 95 % of the known.

    With t the highest score that at least 95 % of the known reach: |{other >= t}| / |other|.
    Hendrycks and Gimpel 2017 judge by ROC alone; this point of it is from Liang et al. 2018 (ODIN).
    """
    rejected = rejected_at_known_kept(known, other, FPR_KNOWN_KEPT_PERCENT)
    return None if rejected is None else 1 - rejected


def oscr(known: Sequence[float], named: Sequence[bool], other: Sequence[float]) -> float | None:
    """Open-set classification rate (Dhamija, Günther and Boult 2018, "Network Agnostophobia").

    The area under CCR(t) over FPR(t), for every threshold t:

        CCR(t) = |{known >= t, its label named}| / |known|      FPR(t) = |{other >= t}| / |other|

    By trapezoids, that is the chance that a known query is both named and scored above one of
    `other`, ties half (the pairwise form of Wang et al. 2022, "OpenAUC"); so it is the AUROC of
    the named alone times their share. `named` says of each known query whether its nearest label
    is its own.
    """
    if not known or not other:
        return None
    right = [score for score, hit in zip(known, named, strict=True) if hit]
    return (auroc(right, other) or 0.0) * len(right) / len(known)

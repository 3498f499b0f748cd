"""How well a score sets known queries apart from those of `other`, whatever threshold is chosen."""

from collections.abc import Sequence

import numpy as np

KNOWN_KEPT_PERCENT = 98  # an integer, so that "at least 98 % of 50" has no rounding in it


def auroc(known: Sequence[float], other: Sequence[float]) -> float | None:
    """Area under the ROC curve of scores that should be higher for the known.

    None if either is empty. The Mann-Whitney statistic from average ranks, in O(n log n).
    """
    if not known or not other:
        return None
    _, place, counts = np.unique([*known, *other], return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # of each distinct score, from 1, ties averaged
    wins = ranks[place[: len(known)]].sum() - len(known) * (len(known) + 1) / 2
    return float(wins / (len(known) * len(other)))


def rejected_at_known_kept(known: Sequence[float], other: Sequence[float]) -> float | None:
    """Share of `other` below the highest score that KNOWN_KEPT_PERCENT of the known reach."""
    if not known or not other:
        return None
    kept = -(-KNOWN_KEPT_PERCENT * len(known) // 100)  # rounded up
    threshold = sorted(known, reverse=True)[kept - 1]
    return sum(score < threshold for score in other) / len(other)

"""What an evaluation measures: pure functions over judged queries.

A query that could not be answered is listed in `Metrics.failed` and left out of every figure. A
figure without a denominator (no query of `other`, no label ever answered) is None, never NaN.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index_builder.evaluation.curves import aurc, ece
from index_builder.evaluation.judged import OTHER, Judged
from index_builder.evaluation.per_class import ratio
from index_builder.evaluation.separation import auroc, fpr95, oscr, rejected_at_known_kept

_SHARES = (
    "closed_set_accuracy", "visual_only_accuracy", "text_only_accuracy", "open_set_accuracy",
    "micro_precision", "micro_recall", "micro_f1", "other_auroc", "other_fpr95",
    "other_rejected_at_98_known_kept", "oscr", "aurc", "ece",
)  # fmt: skip


@dataclass(frozen=True)
class Failure:
    """A query that could not be answered, and why."""

    path: str
    truth: str
    error: str


@dataclass(frozen=True)
class Metrics:
    """One evaluation in figures: shares from 0 to 1, counts, and seconds.

    A query of a known label is *known*, the others are `other`; a known query is *accepted* when
    the decision is known, and *right* when it is accepted under its own label. Whatever ranks
    queries ranks them by the confidence that each shows its nearest label.

        closed_set_accuracy   share of the known whose nearest label is theirs, decision ignored
        visual_only_accuracy  the same for the nearest by the embedding alone, over those of which
                              it is known
        text_only_accuracy    the same for the nearest by the text alone (no text counts as wrong);
                              None when no query at all carried text, as with reading switched off
        open_set_accuracy     share of all queries answered with their own label or `other`
        micro_precision       right / accepted queries, those of `other` included
        micro_recall          right / known queries
        micro_f1              2 * right / (accepted + known)
        other_auroc           chance that a known query ranks above one of `other`, ties half
        other_fpr95           share of `other` accepted where 95 % of the known are; see ranking
        other_rejected_at_98_known_kept
                              share of `other` below the highest confidence that at least 98 % of
                              the known reach
        oscr                  chance that a known query is named and ranks above one of `other`
        aurc                  mean share of wrong answers, over every share that is accepted; lower
                              is better; see curves
        ece                   how far confidence is from the share of right answers; see curves
        images_per_s          answered queries / seconds of the run, reading the files included
    """

    closed_set_accuracy: float | None
    visual_only_accuracy: float | None
    text_only_accuracy: float | None
    open_set_accuracy: float | None
    micro_precision: float | None
    micro_recall: float | None
    micro_f1: float | None
    other_auroc: float | None
    other_fpr95: float | None
    other_rejected_at_98_known_kept: float | None
    oscr: float | None
    aurc: float | None
    ece: float | None
    images_per_s: float | None
    seconds: float
    queries: int
    answered_known: int
    answered_other: int
    gallery_versions: tuple[str, ...]  # more than one: the gallery was swapped during the run
    failed: tuple[Failure, ...]

    def shares(self) -> dict[str, float | None]:
        """The figures from 0 to 1, by name."""
        return {name: getattr(self, name) for name in _SHARES}


def summarise(judged: Sequence[Judged], seconds: float) -> Metrics:
    """All figures of one run that took `seconds` of wall time."""
    answered = [query for query in judged if query.outcome is not None]
    known = [query for query in answered if query.truth != OTHER]
    right = sum(query.right for query in known)
    accepted = sum(query.answer != OTHER for query in answered)
    read_any = any(query.outcome.lines for query in judged if query.outcome is not None)
    known_scores = confidences(known)
    other_scores = confidences(query for query in answered if query.truth == OTHER)
    all_scores, named = confidences(answered), [query.named for query in answered]
    return Metrics(
        closed_set_accuracy=_share(query.named for query in known),
        visual_only_accuracy=_share(
            query.visual_label == query.truth for query in known if query.visual_label is not None
        ),
        text_only_accuracy=_share(query.text_label == query.truth for query in known if read_any),
        open_set_accuracy=_share(query.right for query in answered),
        micro_precision=ratio(right, accepted),
        micro_recall=ratio(right, len(known)),
        micro_f1=ratio(2 * right, accepted + len(known)),
        other_auroc=auroc(known_scores, other_scores),
        other_fpr95=fpr95(known_scores, other_scores),
        other_rejected_at_98_known_kept=rejected_at_known_kept(known_scores, other_scores),
        oscr=oscr(known_scores, [query.named for query in known], other_scores),
        aurc=aurc(all_scores, named),
        ece=ece(all_scores, named),
        images_per_s=ratio(len(answered), seconds),
        seconds=seconds,
        queries=len(judged),
        answered_known=len(known),
        answered_other=len(answered) - len(known),
        gallery_versions=tuple(
            sorted({query.outcome.gallery_version for query in judged if query.outcome is not None})
        ),
        failed=tuple(
            Failure(query.path, query.truth, query.error)
            for query in judged
            if query.outcome is None
        ),
    )


def confidences(judged: Iterable[Judged]) -> list[float]:
    """The confidence of every query that was answered."""
    return [query.outcome.confidence for query in judged if query.outcome is not None]


def _share(hits: Iterable[bool]) -> float | None:
    values = list(hits)
    return ratio(sum(values), len(values))

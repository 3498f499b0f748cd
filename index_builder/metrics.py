"""What an evaluation measures: pure functions over judged queries.

A query that could not be answered is listed in `Metrics.failed` and left out of every figure. A
figure without a denominator (no query of `other`, no label ever answered) is None, never NaN.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from index_builder.judged import OTHER, Judged
from index_builder.ranking import auroc, rejected_at_known_kept

_SHARES = (
    "closed_set_accuracy", "visual_only_accuracy", "text_only_accuracy", "open_set_accuracy",
    "micro_precision", "micro_recall", "micro_f1", "other_auroc", "other_rejected_at_98_known_kept",
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
    the decision is known, and *right* when it is accepted under its own label.

        closed_set_accuracy   share of the known whose nearest label is theirs, decision ignored
        visual_only_accuracy  the same for the nearest by the embedding alone
        text_only_accuracy    the same for the nearest by the text alone (no text counts as wrong);
                              None when no query at all carried text, as with reading switched off
        open_set_accuracy     share of all queries answered with their own label or `other`
        micro_precision       right / accepted queries, those of `other` included
        micro_recall          right / known queries
        micro_f1              2 * right / (accepted + known)
        other_auroc           chance that a known query scores above one of `other`, ties half
        other_rejected_at_98_known_kept
                              share of `other` below the highest score that at least 98 % of the
                              known reach
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
    other_rejected_at_98_known_kept: float | None
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


@dataclass(frozen=True)
class ClassRow:
    """One label against all the rest, over the answered queries."""

    label: str
    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def support(self) -> int:
        return self.tp + self.fn

    @property
    def precision(self) -> float | None:
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        return _ratio(self.tp, self.support)

    @property
    def f1(self) -> float | None:
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)


def summarise(judged: Sequence[Judged], seconds: float) -> Metrics:
    """All figures of one run that took `seconds` of wall time."""
    answered = [one for one in judged if one.outcome is not None]
    known = [one for one in answered if one.truth != OTHER]
    right = sum(one.right for one in known)
    accepted = sum(one.answer != OTHER for one in answered)
    read_any = any(one.outcome.lines for one in judged if one.outcome is not None)
    known_scores = _scores(one for one in answered if one.truth != OTHER)
    other_scores = _scores(one for one in answered if one.truth == OTHER)
    return Metrics(
        closed_set_accuracy=_share(one.label == one.truth for one in known),
        visual_only_accuracy=_share(one.visual_label == one.truth for one in known),
        text_only_accuracy=_share(one.text_label == one.truth for one in known if read_any),
        open_set_accuracy=_share(one.right for one in answered),
        micro_precision=_ratio(right, accepted),
        micro_recall=_ratio(right, len(known)),
        micro_f1=_ratio(2 * right, accepted + len(known)),
        other_auroc=auroc(known_scores, other_scores),
        other_rejected_at_98_known_kept=rejected_at_known_kept(known_scores, other_scores),
        images_per_s=_ratio(len(answered), seconds),
        seconds=seconds,
        queries=len(judged),
        answered_known=len(known),
        answered_other=len(answered) - len(known),
        gallery_versions=tuple(
            sorted({one.outcome.gallery_version for one in judged if one.outcome is not None})
        ),
        failed=tuple(
            Failure(one.path, one.truth, one.error) for one in judged if one.outcome is None
        ),
    )


def per_class(judged: Sequence[Judged], labels: Collection[str] = ()) -> list[ClassRow]:
    """One row for every label of the gallery, the truths and the answers, sorted; OTHER last."""
    pairs = Counter((one.truth, one.answer) for one in judged if one.outcome is not None)
    truths, answers = Counter[str](), Counter[str]()
    for (truth, answer), count in pairs.items():
        truths[truth] += count
        answers[answer] += count
    rows = []
    for label in (*sorted({*labels, *truths, *answers} - {OTHER}), OTHER):
        tp = pairs[label, label]
        fp, fn = answers[label] - tp, truths[label] - tp
        rows.append(ClassRow(label, tp, fp, fn, pairs.total() - tp - fp - fn))
    return rows


def confusions(judged: Sequence[Judged]) -> list[tuple[str, str, int]]:
    """(truth, answer, count) of every wrong pair, most frequent first."""
    wrong = Counter(
        (one.truth, one.answer) for one in judged if one.outcome is not None and not one.right
    )
    return sorted(
        ((truth, answer, count) for (truth, answer), count in wrong.items()),
        key=lambda pair: (-pair[2], pair[0], pair[1]),
    )


def _scores(judged: Iterable[Judged]) -> list[float]:
    return [one.outcome.score for one in judged if one.outcome is not None]


def _share(hits: Iterable[bool]) -> float | None:
    found = list(hits)
    return _ratio(sum(found), len(found))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None

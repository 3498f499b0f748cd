"""What an evaluation says of each label: counts over the answered queries."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index_builder.evaluation.judged import OTHER, Judged


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
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        return ratio(self.tp, self.support)

    @property
    def f1(self) -> float | None:
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)


def per_class(judged: Sequence[Judged], labels: Collection[str] = ()) -> list[ClassRow]:
    """One row for every label of the gallery, the truths and the answers, sorted; OTHER last."""
    pairs = Counter((query.truth, query.answer) for query in judged if query.outcome is not None)
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
        (query.truth, query.answer)
        for query in judged
        if query.outcome is not None and not query.right
    )
    return sorted(
        ((truth, answer, count) for (truth, answer), count in wrong.items()),
        key=lambda pair: (-pair[2], pair[0], pair[1]),
    )


def ratio(part: float, whole: float) -> float | None:
    """None where there is no whole."""
    return part / whole if whole else None

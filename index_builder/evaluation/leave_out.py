"""Leave-class-out: how well a gallery tells its labels and `other` apart, from its images alone.

Each label in turn is left out, and its images are then queries of `other`. Each image is also
a query of its own label, against a gallery without it and its near-duplicates. This needs no images
but the gallery's, so everyone who has a gallery has these figures. They are too good: the
calibration was learned from the same images, and real queries come from other phones and later
versions.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index_builder.calibration.folds import image_folds, label_folds, spread
from index_builder.evaluation.judged import OTHER, Judged
from index_builder.evaluation.metrics import confidences, summarise
from index_builder.evaluation.separation import auroc
from vislex.screens.classify import match
from vislex.screens.gallery import Gallery, without
from vislex.screens.options import Options

SAMPLE = 2000  # images asked about as known, and as many as other


@dataclass(frozen=True)
class LeftOut:
    """The results for one label: as itself, and as `other` after it was left out."""

    label: str
    images: int  # asked about as `other`
    named: float | None  # share whose nearest label is this one; None where none could be asked
    rejected: float | None  # share answered `other` once the label is out
    auroc: float | None  # of all known queries against these as `other`
    taken_for: str  # the label most are nearest to once their own is out; '' where none is left


@dataclass(frozen=True)
class LeaveClassOut:
    """Figures as defined in `metrics.Metrics`, over `known` and `other` queries."""

    known: int
    other: int
    closed_set_accuracy: float | None
    open_set_accuracy: float | None
    auroc: float | None
    fpr95: float | None
    rejected_at_98_known_kept: float | None
    oscr: float | None
    per_class: tuple[LeftOut, ...]


def leave_class_out(gallery: Gallery, options: Options) -> LeaveClassOut:
    """Asks about at most some SAMPLE images of each kind, spread evenly over the gallery.

    The folds are those of the calibration, so that the work stays the same however many labels
    there are: beyond a number of them several are left out together. A label of one image, or of
    copies of one, is no known query.
    """
    known = _asked(gallery, list(image_folds(gallery)), options, left_out=False)
    other = _asked(gallery, list(label_folds(gallery)), options, left_out=True)
    metrics = summarise([query for _, query in (*known, *other)], seconds=0.0)
    return LeaveClassOut(
        metrics.answered_known,
        metrics.answered_other,
        metrics.closed_set_accuracy,
        metrics.open_set_accuracy,
        metrics.other_auroc,
        metrics.other_fpr95,
        metrics.other_rejected_at_98_known_kept,
        metrics.oscr,
        tuple(_left_out(label, known, other) for label in gallery.labels),
    )


def _asked(
    gallery: Gallery, folds: Sequence[NDArray[np.int64]], options: Options, left_out: bool
) -> list[tuple[str, Judged]]:
    """Images of each fold, with their labels, as queries of the gallery without that fold."""
    share = SAMPLE / max(sum(map(len, folds)), 1)
    queries = []
    for fold in folds:
        rows = spread(fold, max(1, round(share * len(fold))))
        items = [gallery.items[row] for row in rows]
        outcomes = match(
            gallery.index.vectors(rows),
            [item.lines for item in items],
            [options] * len(rows),
            without(gallery, fold.tolist()),
        )
        queries += [
            (item.label, Judged(item.id, OTHER if left_out else item.label, outcome))
            for item, outcome in zip(items, outcomes, strict=True)
        ]
    return queries


def _left_out(
    label: str, known: Iterable[tuple[str, Judged]], other: Iterable[tuple[str, Judged]]
) -> LeftOut:
    named = [query.named for of, query in known if of == label]
    out = [query for of, query in other if of == label]
    taken = Counter(query.label for query in out).most_common(1)
    return LeftOut(
        label,
        len(out),
        sum(named) / len(named) if named else None,
        sum(query.right for query in out) / len(out) if out else None,
        auroc(confidences(query for _, query in known), confidences(out)),
        taken[0][0] if taken else "",
    )

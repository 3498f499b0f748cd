"""Answers the same queries under other options, from their embeddings and lines, kept once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from index_builder.evaluation.judged import Judged
from index_builder.evaluation.leave_out import LeaveClassOut, leave_class_out
from index_builder.evaluation.metrics import summarise
from vislex.screens.classify import match
from vislex.screens.gallery import Gallery
from vislex.screens.options import Options

ALPHAS = tuple(step / 10 for step in range(11))
TOP_KS = (1, 2, 3, 5, 10, 20, 50, 100)
SWEEP_SAMPLE = 400  # queries of a sweep, so that many do not take minutes; 95 % within 5 points


@dataclass(frozen=True)
class Variant:
    """One choice of options and its figures, defined as in `metrics.Metrics`."""

    name: str
    alpha: float
    top_k: int
    ranking: str
    decide: bool
    closed_set_accuracy: float | None
    other_auroc: float | None
    other_rejected_at_98_known_kept: float | None
    open_set_accuracy: float | None


@dataclass(frozen=True)
class Comparison:
    """The figures under other options; empty if no embeddings are at hand."""

    ablations: tuple[Variant, ...] = ()
    alpha_sweep: tuple[Variant, ...] = ()
    top_k_sweep: tuple[Variant, ...] = ()
    leave_class_out: LeaveClassOut | None = None  # None: not asked for


def compare(
    judged: Sequence[Judged], gallery: Gallery, options: Options, leave_out: bool = False
) -> Comparison:
    """Ablations over all queries that were observed; sweeps over SWEEP_SAMPLE of them, spread."""
    left_out = leave_class_out(gallery, options) if leave_out else None
    seen = [query for query in judged if query.observed is not None]
    if not seen:
        return Comparison(leave_class_out=left_out)
    places = np.linspace(0, len(seen) - 1, min(SWEEP_SAMPLE, len(seen))).astype(int)
    some = [seen[place] for place in np.unique(places)]
    top_ks = sorted({k for k in (*TOP_KS, options.top_k) if k <= len(gallery.items)})
    return Comparison(
        tuple(variant(seen, gallery, name, each) for name, each in _ablations(options)),
        tuple(
            variant(some, gallery, f"alpha {alpha:g}", replace(options, alpha=alpha))
            for alpha in ALPHAS
        ),
        tuple(variant(some, gallery, f"top_k {k}", replace(options, top_k=k)) for k in top_ks),
        left_out,
    )


def variant(judged: Sequence[Judged], gallery: Gallery, name: str, options: Options) -> Variant:
    """The figures of observed queries under `options`."""
    metrics = summarise(answered_again(judged, gallery, options), seconds=0.0)
    return Variant(
        name,
        options.alpha,
        options.top_k,
        options.ranking,
        options.decide,
        metrics.closed_set_accuracy,
        metrics.other_auroc,
        metrics.other_rejected_at_98_known_kept,
        metrics.open_set_accuracy,
    )


def answered_again(judged: Sequence[Judged], gallery: Gallery, options: Options) -> list[Judged]:
    """Each observed query with the answer it has under `options`."""
    seen = [(query, query.observed) for query in judged if query.observed is not None]
    if not seen:
        return []
    outcomes = match(
        np.stack([observed.embedding for _, observed in seen]),
        [observed.page for _, observed in seen],
        [options] * len(seen),
        gallery,
    )
    return [
        replace(query, outcome=outcome) for (query, _), outcome in zip(seen, outcomes, strict=True)
    ]


def _ablations(options: Options) -> list[tuple[str, Options]]:
    """Each part alone, then together, then with the decision; the study's method beside them."""
    undecided = replace(options, ranking="both", decide=False)
    return [
        ("visual only", replace(undecided, alpha=1.0, read=False)),
        ("text only", replace(undecided, alpha=0.0)),
        ("fused", undecided),
        ("fused + decision", replace(undecided, decide=True)),
        ("the study's method", Options(ranking="study", decide=False)),
    ]

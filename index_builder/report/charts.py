"""The curves of a report, and the note beside each."""

from collections.abc import Sequence

from index_builder.evaluation.curves import open_set_curve, reliability, risk_coverage, roc
from index_builder.evaluation.judged import OTHER, Judged
from index_builder.evaluation.metrics import Metrics, confidences
from index_builder.evaluation.variants import Comparison
from index_builder.html.markup import Markup, markup
from index_builder.report.plots import (
    confidence_plot,
    reliability_plot,
    risk_plot,
    roc_plot,
    sweep_plot,
)


def charts(judged: Sequence[Judged], metrics: Metrics, comparison: Comparison) -> Markup:
    """Every curve the run has data for; those of known against `other` need queries of both."""
    answered = [query for query in judged if query.outcome is not None]
    known = [query for query in answered if query.truth != OTHER]
    scores, other = (
        confidences(known),
        confidences(query for query in answered if query.truth == OTHER),
    )
    every, named = confidences(answered), [query.named for query in answered]
    accepted, open_set = roc(scores, other), open_set_curve(scores, [k.named for k in known], other)
    risk = risk_coverage(every, named)
    figures = []
    if accepted is not None and open_set is not None:
        note = (
            f"AUROC {_figure(metrics.other_auroc)}, OSCR {_figure(metrics.oscr)}; "
            f"{_figure(metrics.other_fpr95)} of other is accepted where 95 % of known are"
        )
        figures.append(_chart("Known against other", note, roc_plot(accepted, open_set)))
    if risk is not None:
        note = "The surest answers first, queries of other counted as wrong; area (AURC) "
        figures.append(_chart("Risk and coverage", note + _figure(metrics.aurc), risk_plot(risk)))
        note = f"Is confidence the share that is right? Off by {_figure(metrics.ece)} (ECE)"
        figures.append(_chart("Reliability", note, reliability_plot(reliability(every, named))))
        note = "Known queries upwards, those of other downwards"
        figures.append(_chart("Confidence", note, confidence_plot(scores, other)))
    if comparison.alpha_sweep:
        note = "From text alone (0) to image alone (1), all else as here"
        figures.append(_chart("Alpha", note, sweep_plot(comparison.alpha_sweep, "alpha")))
    if comparison.top_k_sweep:
        note = "How many candidates each side brings, all else as here"
        figures.append(_chart("Top k", note, sweep_plot(comparison.top_k_sweep, "top_k")))
    return Markup.join_all(figures)


def _chart(title: str, note: str, svg: Markup) -> Markup:
    return markup(
        '<figure class="plot"><figcaption><b>{title}</b>{note}</figcaption>{svg}</figure>',
        title=title,
        note=note,
        svg=svg,
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"

"""The curves of a report as inline SVG: drawn by matplotlib, coloured by the page they stand in."""

import io
import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from index_builder.evaluation.curves import Bin, Curve
from index_builder.evaluation.variants import Variant
from index_builder.html.markup import Markup

P = ParamSpec("P")

# Colours that no plot has otherwise; each becomes a variable of the page, light or dark.
INK, SOFT, GRID, BLUE, ORANGE, GREEN, PURPLE = (f"#01010{digit}" for digit in range(7))
_VARIABLES = {
    INK: "ink",
    SOFT: "soft",
    GRID: "line",
    BLUE: "tint",
    ORANGE: "warm",
    GREEN: "good",
    PURPLE: "plum",
}
_SIZE_INCHES = (5.0, 3.3)  # at 72 points an inch a plot is 360 wide: about a phone, and a third of
_STYLE: dict[Any, Any] = {  # a desktop page
    "svg.fonttype": "none",  # text stays text, in the page's own font
    "svg.hashsalt": "vislex",  # the same figure has the same ids, and so the same bytes
    "font.size": 10.5, "text.color": INK, "axes.labelcolor": SOFT, "axes.edgecolor": GRID,
    "xtick.color": SOFT, "ytick.color": SOFT, "grid.color": GRID, "axes.grid": True,
    "grid.linewidth": 0.7, "axes.spines.top": False, "axes.spines.right": False,
    "axes.axisbelow": True, "legend.frameon": False, "legend.fontsize": 10, "lines.linewidth": 1.8,
    "xtick.major.size": 0, "ytick.major.size": 0, "figure.facecolor": "none",
    "axes.facecolor": "none",
}  # fmt: skip
_MEASURES = (
    ("closed_set_accuracy", "accuracy on known", BLUE, "o"),
    ("open_set_accuracy", "accuracy with other", GREEN, "s"),
    ("other_auroc", "AUROC of other", ORANGE, "^"),
    ("other_rejected_at_98_known_kept", "other rejected at 98 %", PURPLE, "D"),
)


def _drawn(draw: Callable[P, Figure]) -> Callable[P, Markup]:
    """Draws in _STYLE; gives an `<svg>` element without colours, font, size or date of its own."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Markup:
        written = io.StringIO()
        with mpl.rc_context(_STYLE):
            draw(*args, **kwargs).savefig(written, format="svg", metadata={"Date": None})
        text = written.getvalue()
        text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
        text = re.sub(r'(?<=<g) id="[^"]*"|font-family: [^;"]*;?', "", text)
        text = re.sub(r' (?:width|height)="[\d.]+pt"', "", text[text.index("<svg") :], count=2)
        for colour, variable in _VARIABLES.items():
            text = text.replace(colour, f"var(--{variable})")
        return Markup(text)

    return drawn


@_drawn
def roc_plot(roc: Curve, open_set: Curve) -> Figure:
    """The ROC of known against `other`, and the curve that OSCR is the area under."""
    figure, axes = _axes("share of other accepted", "share of known")
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.9, linestyle=":")
    axes.plot(roc.x, roc.y, color=BLUE, label="accepted (ROC)")
    axes.plot(open_set.x, open_set.y, color=ORANGE, label="accepted and named right (OSCR)")
    axes.legend(loc="lower right")
    return figure


@_drawn
def risk_plot(curve: Curve) -> Figure:
    """Risk over coverage."""
    figure, axes = _axes("share of queries accepted", "share of accepted that is wrong")
    axes.plot(curve.x, curve.y, color=ORANGE, drawstyle="steps-post")
    axes.fill_between(curve.x, curve.y, color=ORANGE, alpha=0.15, linewidth=0, step="post")
    axes.set_ylim(0, max(0.05, 1.1 * float(curve.y.max())))
    return figure


@_drawn
def reliability_plot(bins: Sequence[Bin]) -> Figure:
    """The share of right answers over mean confidence; a bar is as strong as its bin is full."""
    figure, axes = _axes("confidence", "share right")
    most = max(part.count for part in bins)
    for part in bins:
        axes.bar(
            part.low,
            part.right,
            part.high - part.low,
            align="edge",
            color=BLUE,
            alpha=0.15 + 0.6 * part.count / most,
            linewidth=0,
        )
        axes.plot(part.confidence, part.right, "o", color=BLUE, markersize=4)
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.9, linestyle=":")
    return figure


@_drawn
def confidence_plot(known: Sequence[float], other: Sequence[float]) -> Figure:
    """How many queries have which confidence, those of `other` below the line."""
    figure, axes = _axes("confidence", "queries")
    edges = np.linspace(0, 1, 21)
    counts = [np.histogram(scores, edges)[0] for scores in (known, other)]
    most = max(1, *(int(count.max()) for count in counts))
    for count, sign, colour, name in zip(
        counts, (1, -1), (BLUE, ORANGE), ("known", "other"), strict=True
    ):
        axes.bar(edges[:-1], sign * count, 0.05, align="edge", color=colour, alpha=0.75, label=name)
    axes.axhline(0, color=SOFT, linewidth=0.8)
    axes.set_ylim(-1.1 * most, 1.1 * most)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.legend(loc="upper center", ncols=2)
    return figure


@_drawn
def sweep_plot(variants: Sequence[Variant], option: str) -> Figure:
    """The figures of variants that differ in `option`: alpha, or top_k on a logarithmic axis."""
    figure, axes = _axes(option, "share")
    values = [getattr(variant, option) for variant in variants]
    for name, title, colour, marker in _MEASURES:
        shares = [getattr(variant, name) for variant in variants]
        if None not in shares:
            axes.plot(values, shares, color=colour, marker=marker, markersize=4, label=title)
    if option == "top_k":
        axes.set_xscale("log")
        axes.set_xlim(0.9 * min(values), 1.1 * max(values))
        axes.set_xticks(values, [str(value) for value in values])
        axes.minorticks_off()
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    return figure


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y, xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
    return figure, axes

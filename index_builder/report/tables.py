"""The tables of an HTML report: variants, classes left out, figures per class."""

from collections.abc import Callable, Sequence

from index_builder.evaluation.leave_out import LeaveClassOut
from index_builder.evaluation.per_class import ClassRow
from index_builder.evaluation.variants import Comparison, Variant
from index_builder.html.markup import Markup, markup

TABLE = '<div class="box"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def decimal(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


_MEASURES: tuple[tuple[str, Callable[[Variant], float | None], Callable[[float | None], str]], ...]
_MEASURES = (
    ("Accuracy on known", lambda variant: variant.closed_set_accuracy, percent),
    ("AUROC of other", lambda variant: variant.other_auroc, decimal),
    ("Other rejected at 98 %", lambda variant: variant.other_rejected_at_98_known_kept, percent),
    ("Accuracy with other", lambda variant: variant.open_set_accuracy, percent),
)


def ablation_table(comparison: Comparison) -> Markup:
    """One row a variant, the best of each figure marked; why there is none where there is none."""
    if not comparison.ablations:
        return markup(
            '<p class="soft">Left out: comparing options needs what the models saw of each query, '
            "and a server's answers do not hold that. Evaluate in this process to have it.</p>"
        )
    best = [
        max((v for v in map(of, comparison.ablations) if v is not None), default=None)
        for _, of, _ in _MEASURES
    ]
    names = [name for name, *_ in _MEASURES]
    return markup(
        TABLE,
        head=head(("Variant", *names, "Alpha", "Top k", "Ranking", "Decision")),
        rows=Markup.join_all(_ablation_row(variant, best) for variant in comparison.ablations),
    )


def _ablation_row(variant: Variant, best: Sequence[float | None]) -> Markup:
    figures = Markup.join_all(
        markup(
            '<td class="{kind}">{share}</td>',
            kind="best" if top is not None and of(variant) == top else "",
            share=shown(of(variant)),
        )
        for (_, of, shown), top in zip(_MEASURES, best, strict=True)
    )
    return markup(
        "<tr><th>{name}</th>{figures}<td>{alpha}</td><td>{top_k}</td><td>{ranking}</td>"
        "<td>{decide}</td></tr>",
        name=variant.name,
        figures=figures,
        alpha=f"{variant.alpha:g}",
        top_k=variant.top_k,
        ranking=variant.ranking,
        decide="yes" if variant.decide else "no",
    )


def leave_class_out_section(result: LeaveClassOut | None) -> Markup:
    """The leave-class-out table with its heading; empty if it was not asked for."""
    if result is None:
        return Markup()
    rows = Markup.join_all(
        markup(
            "<tr><th>{label}</th><td>{images}</td><td>{named}</td><td>{rejected}</td>"
            '<td>{auroc}</td><td class="left">{taken_for}</td></tr>',
            label=row.label,
            images=row.images,
            named=percent(row.named),
            rejected=percent(row.rejected),
            auroc=decimal(row.auroc),
            taken_for=row.taken_for or "–",
        )
        for row in result.per_class
    )
    names = ("Class left out", "Images", "Accuracy", "Rejected", "AUROC", "Nearest to")
    return markup(
        '<h2>Leave one class out</h2><p class="soft">The gallery alone: each class in turn is '
        "other ({other} queries), and each image is asked about without itself ({known}). "
        "Accuracy on known {accuracy}, AUROC {auroc}, other rejected where 98 % of known are kept "
        "{rejected}.</p>{table}",
        other=result.other,
        known=result.known,
        accuracy=percent(result.closed_set_accuracy),
        auroc=decimal(result.auroc),
        rejected=percent(result.rejected_at_98_known_kept),
        table=markup(TABLE, head=head(names), rows=rows),
    )


def class_rows(rows: Sequence[ClassRow]) -> Markup:
    return Markup.join_all(
        markup(
            '<tr class="{dim}"><th>{label}</th><td>{precision}</td><td>{recall}</td><td>{f1}</td>'
            "<td>{support}</td><td>{tp}</td><td>{fp}</td><td>{fn}</td><td>{tn}</td></tr>",
            dim="" if row.support else "dim",  # no query of it, so nothing was tested
            label=row.label,
            precision=percent(row.precision),
            recall=percent(row.recall),
            f1=percent(row.f1),
            support=row.support,
            tp=row.tp,
            fp=row.fp,
            fn=row.fn,
            tn=row.tn,
        )
        for row in rows
    )


def head(names: Sequence[str]) -> Markup:
    left = ("Answer", "Nearest to")
    return Markup.join_all(
        markup('<th class="{side}">{name}</th>', side="left" if name in left else "", name=name)
        for name in names
    )

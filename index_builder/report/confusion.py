"""The confusion matrix of an HTML report, `other` included."""

from collections import Counter
from collections.abc import Collection, Sequence

from index_builder.evaluation.judged import OTHER, Judged
from index_builder.evaluation.per_class import confusions
from index_builder.html.markup import Markup, markup
from index_builder.report.tables import TABLE, head

MAX_LABELS = 40  # beyond them the matrix shows only labels that are confused


def confusion_tables(judged: Sequence[Judged], labels: Collection[str]) -> Markup:
    """Truth by answer, and the wrong pairs, most frequent first."""
    pairs = confusions(judged)
    listed = (
        markup(
            '<p class="soft">Wrong answers, most frequent first.</p>{table}',
            table=markup(TABLE, head=head(("Truth", "Answer", "Queries")), rows=_pair_rows(pairs)),
        )
        if pairs
        else markup('<p class="soft">No confusion: every answer is right.</p>')
    )
    return markup("{heat}{listed}", heat=_heat(judged, labels), listed=listed)


def _heat(judged: Sequence[Judged], labels: Collection[str]) -> Markup:
    """Counts of truth by answer, coloured by their share of the truth's queries."""
    pairs = Counter((query.truth, query.answer) for query in judged if query.outcome is not None)
    known = sorted({*labels, *(label for pair in pairs for label in pair)} - {OTHER})
    shown, note = [*known, OTHER], ""
    if len(shown) > MAX_LABELS:
        confused = {label for pair in pairs if pair[0] != pair[1] for label in pair}
        shown = [label for label in shown if label in confused][:MAX_LABELS]
        note = f"{len(shown)} of {len(known) + 1} labels: only those confused with another."
    totals = Counter[str]()
    for (truth, _), count in pairs.items():
        totals[truth] += count
    numbers = Markup.join_all(
        markup('<th title="{label}">{number}</th>', label=label, number=_number(label, number))
        for number, label in enumerate(shown, start=1)
    )
    rows = Markup.join_all(
        markup(
            "<tr><th><i>{number}</i> {label}</th>{cells}</tr>",
            number="" if label == OTHER else number,
            label=label,
            cells=Markup.join_all(
                _cell(label, answer, pairs[label, answer], totals[label]) for answer in shown
            ),
        )
        for number, label in enumerate(shown, start=1)
    )
    return markup(
        '<p class="soft">Rows are the truth, columns the answer. {note}</p>'
        '<div class="box"><table class="heat"><thead><tr><th>Truth</th>{numbers}</tr></thead>'
        "<tbody>{rows}</tbody></table></div>",
        note=note,
        numbers=numbers,
        rows=rows,
    )


def _number(label: str, number: int) -> str:
    return OTHER if label == OTHER else str(number)


def _cell(truth: str, answer: str, count: int, total: int) -> Markup:
    if not count:
        return Markup("<td></td>")
    return markup(
        '<td class="{kind}" style="--share: {share}%" title="{truth} → {answer}">{count}</td>',
        kind="hit" if truth == answer else "miss",
        share=round(
            15 + 55 * count / total
        ),  # visible for the lowest share, readable for the highest
        truth=truth,
        answer=answer,
        count=count,
    )


def _pair_rows(pairs: Sequence[tuple[str, str, int]]) -> Markup:
    return Markup.join_all(
        markup(
            '<tr><th>{truth}</th><td class="left">{answer}</td><td>{count}</td></tr>',
            truth=truth,
            answer=answer,
            count=count,
        )
        for truth, answer, count in pairs
    )

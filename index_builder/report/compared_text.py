"""The text of a query beside that of its best match, with the words that differ marked."""

from collections.abc import Collection, Iterable

from index_builder.evaluation.judged import Outcome
from index_builder.html.markup import Markup, markup
from index_builder.report.differences import marked, terms_in
from index_builder.report.view import GalleryView

_TEXTS = """<details{open}><summary>{count} of text</summary><div class="texts">
<div><h4>Query</h4><p class="soft">{query_note}</p>{query}</div>
{match}</div></details>"""

_MATCH = """<div><h4>Best match</h4><p class="soft">Marked: words the query lacks</p>{lines}</div>
"""


def texts(outcome: Outcome, gallery: GalleryView, opened: bool) -> Markup:
    """Both texts; of the query alone where the gallery at hand does not hold the best match."""
    if not outcome.lines:
        return markup('<p class="soft">No text was read.</p>')
    count = len(outcome.lines)
    read = [line.text for line in outcome.lines]
    known = gallery.terms.get(outcome.label)
    best = outcome.candidates[0].id if outcome.candidates else ""
    lines = gallery.lines.get(best)
    return markup(
        _TEXTS,
        open=Markup(" open") if opened else "",
        count=f"{count} line{'s' if count > 1 else ''}",
        query_note="" if known is None else f"Marked: words no image of {outcome.label} shows",
        query=_list(
            ((line.text, f"{line.score:.2f}") for line in outcome.lines),
            terms_in(read) if known is None else known,
            "",
        ),
        match=Markup()
        if lines is None
        else markup(_MATCH, lines=_list(((line, "") for line in lines), terms_in(read), "match")),
    )


def _list(lines: Iterable[tuple[str, str]], shown: Collection[str], kind: str) -> Markup:
    """Lines with their scores; words that are not among `shown` are marked."""
    items = Markup.join_all(
        markup(
            "<li><span>{text}</span><small>{score}</small></li>",
            text=Markup.join_all(
                markup("<mark>{piece}</mark>" if differs else "{piece}", piece=piece)
                for piece, differs in marked(text, shown)
            ),
            score=score,
        )
        for text, score in lines
    )
    return markup('<ul class="lines {kind}" lang="zh-Hans">{items}</ul>', kind=kind, items=items)

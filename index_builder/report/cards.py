"""One query of the HTML report: its image beside its best match, and everything that was said."""

from collections.abc import Sequence

from index_builder.evaluation.judged import OTHER, Candidate, Judged, Outcome
from index_builder.html.markup import Markup, markup
from index_builder.report.compared_text import texts
from index_builder.report.view import GalleryView

_MARKS = {"right": "✓", "wrong": "✗", "failed": "!"}

_CARD = """<article class="card {kind}" id="{anchor}">
<div class="pair">{query}{match}</div>
<div class="said">
<div class="head"><span class="mark">{kind}</span><h3>{title}</h3></div>
<p class="path">{path}</p>
{said}</div>
</article>
"""

_SAID = """<dl class="verdict"><dt>Truth</dt><dd>{truth}</dd>
<dt>Answer</dt><dd class="answer">{answer}</dd>
<dt>Decision</dt><dd>{decision}, confidence {confidence}, score {score}</dd>
<dt>Reason</dt><dd>{reason}</dd>
<dt>By image alone</dt><dd>{visual}</dd>
<dt>By text alone</dt><dd>{text}</dd></dl>
{candidates}{texts}"""

_CANDIDATES = """<div class="scroll"><table class="candidates">
<thead><tr><th>#</th>\
<th class="left">Candidate</th><th>Visual</th><th>Text</th><th>Fused</th></tr></thead>
<tbody>{rows}</tbody></table></div>
"""


_ROW = """<span class="line"><i>{mark}</i><span>{path}</span>\
<span class="answer">{said}</span><span>{confidence}</span></span>"""


def anchor(number: int) -> str:
    """What a row links to: the card of the query at that place."""
    return f"query-{number}"


def kind(one: Judged) -> str:
    """failed, right or wrong."""
    return "failed" if one.outcome is None else "right" if one.right else "wrong"


def kinds(one: Judged) -> list[str]:
    """The filters of the report that show this query."""
    other = [OTHER] if OTHER in (one.truth, one.answer) else []
    return ["all", kind(one), *other]


def card(
    one: Judged, query: str | None, match: str | None, gallery: GalleryView, anchor: str
) -> Markup:
    """One query; `query` and `match` are data URIs of its image and of its best match."""
    best = one.best
    nearest = "" if best is None else f"Best match: {best.label}"
    return markup(
        _CARD,
        kind=kind(one),
        anchor=anchor,
        query=_figure(query, "not an image", "Query"),
        match=Markup() if best is None else _figure(match, best.id, nearest),
        title=_title(one),
        path=one.path,
        said=markup("<p>{error}</p>", error=one.error)
        if one.outcome is None
        else _said(one, one.outcome, gallery),
    )


def row(one: Judged, anchor: str, full: Markup | None) -> Markup:
    """One query as a line of a list: it opens on `full`, or links to the card at `anchor`."""
    line = markup(
        _ROW,
        mark=_MARKS[kind(one)],
        path=one.path,
        said=one.error if one.outcome is None else _title(one),
        confidence="" if one.outcome is None else f"{one.outcome.confidence:.3f}",
    )
    attributes = markup(
        'class="row {kind}" data-kinds="{kinds}"', kind=kind(one), kinds=" ".join(kinds(one))
    )
    if full is None:
        return markup(
            '<a {attributes} href="#{anchor}">{line}</a>\n',
            attributes=attributes,
            anchor=anchor,
            line=line,
        )
    return markup(
        "<details {attributes}><summary>{line}</summary>{full}</details>\n",
        attributes=attributes,
        line=line,
        full=full,
    )


def _title(one: Judged) -> str:
    return one.truth if one.right or one.outcome is None else f"{one.truth} → {one.answer}"


def _said(one: Judged, outcome: Outcome, gallery: GalleryView) -> Markup:
    nearest = "" if outcome.label == one.answer else f" (nearest: {outcome.label})"
    return markup(
        _SAID,
        truth=one.truth,
        answer=one.answer + nearest,
        decision=outcome.decision,
        confidence=f"{outcome.confidence:.3f}",
        score=f"{outcome.score:.3f}",
        reason=outcome.reason,
        visual=one.visual_label or "–",
        text=one.text_label or "–",
        candidates=_candidates(outcome.candidates, one.truth),
        texts=texts(outcome, gallery, opened=not one.right),
    )


def _figure(source: str | None, absent: str, caption: str) -> Markup:
    image = (
        markup('<img src="{source}" alt="{absent}" loading="lazy">', source=source, absent=absent)
        if source
        else markup('<div class="none">{absent}</div>', absent=absent)
    )
    return markup(
        "<figure>{image}<figcaption>{caption}</figcaption></figure>", image=image, caption=caption
    )


def _candidates(candidates: Sequence[Candidate], truth: str) -> Markup:
    rows = Markup.join_all(
        markup(
            '<tr class="{hit}"><td>{rank}</td><td class="left"><b>{label}</b> '
            '<span class="soft">{id}</span></td>'
            "<td>{visual}</td><td>{text}</td><td>{fused}</td></tr>",
            hit="hit" if one.label == truth else "",
            rank=rank,
            label=one.label,
            id=one.id,
            visual=f"{one.visual:.3f}",
            text=f"{one.text:.3f}",
            fused=f"{one.fused:.3f}",
        )
        for rank, one in enumerate(candidates, start=1)
    )
    return markup(_CANDIDATES, rows=rows) if candidates else Markup()

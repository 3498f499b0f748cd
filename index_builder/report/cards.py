"""One query of the HTML report: its image beside its best match, and the whole answer."""

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
    """The HTML id of the card of a query; a row links to it."""
    return f"query-{number}"


def kind(result: Judged) -> str:
    """failed, right or wrong."""
    return "failed" if result.outcome is None else "right" if result.right else "wrong"


def kinds(result: Judged) -> list[str]:
    """The filters of the report that show this query."""
    other = [OTHER] if OTHER in (result.truth, result.answer) else []
    return ["all", kind(result), *other]


def card(
    result: Judged, query: str | None, match: str | None, gallery: GalleryView, anchor: str
) -> Markup:
    """One query; `query` and `match` are data URIs of its image and of its best match."""
    best = result.best
    nearest = "" if best is None else f"Best match: {best.label}"
    return markup(
        _CARD,
        kind=kind(result),
        anchor=anchor,
        query=_figure(query, "not an image", "Query"),
        match=Markup() if best is None else _figure(match, best.id, nearest),
        title=_title(result),
        path=result.path,
        said=markup("<p>{error}</p>", error=result.error)
        if result.outcome is None
        else _said(result, result.outcome, gallery),
    )


def row(result: Judged, anchor: str, full: Markup | None) -> Markup:
    """One query as a line of a list: it opens on `full`, or links to the card at `anchor`."""
    line = markup(
        _ROW,
        mark=_MARKS[kind(result)],
        path=result.path,
        said=result.error if result.outcome is None else _title(result),
        confidence="" if result.outcome is None else f"{result.outcome.confidence:.3f}",
    )
    attributes = markup(
        'class="row {kind}" data-kinds="{kinds}"', kind=kind(result), kinds=" ".join(kinds(result))
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


def _title(result: Judged) -> str:
    return (
        result.truth
        if result.right or result.outcome is None
        else f"{result.truth} → {result.answer}"
    )


def _said(result: Judged, outcome: Outcome, gallery: GalleryView) -> Markup:
    nearest = "" if outcome.label == result.answer else f" (nearest: {outcome.label})"
    return markup(
        _SAID,
        truth=result.truth,
        answer=result.answer + nearest,
        decision=outcome.decision,
        confidence=f"{outcome.confidence:.3f}",
        score=f"{outcome.score:.3f}",
        reason=outcome.reason,
        visual=result.visual_label or "–",
        text=result.text_label or "–",
        candidates=_candidates(outcome.candidates, result.truth),
        texts=texts(outcome, gallery, opened=not result.right),
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
            hit="hit" if candidate.label == truth else "",
            rank=rank,
            label=candidate.label,
            id=candidate.id,
            visual=f"{candidate.visual:.3f}",
            text=f"{candidate.text:.3f}",
            fused=f"{candidate.fused:.3f}",
        )
        for rank, candidate in enumerate(candidates, start=1)
    )
    return markup(_CANDIDATES, rows=rows) if candidates else Markup()

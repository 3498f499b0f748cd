"""One query of the HTML report: its image beside its best match, and everything that was said."""

from collections.abc import Sequence

from index_builder.judged import OTHER, Candidate, Judged, Line, Outcome
from index_builder.markup import Markup, markup

_CARD = """<article class="card {kind}" data-kinds="{kinds}">
<div class="pair">{query}{match}</div>
<div class="said">
<div class="head"><span class="mark">{kind}</span><h3>{title}</h3></div>
<p class="path">{path}</p>
{said}</div>
</article>
"""

_SAID = """<dl class="verdict"><dt>Truth</dt><dd>{truth}</dd>
<dt>Answer</dt><dd class="answer">{answer}</dd>
<dt>Decision</dt><dd>{decision}, score {score}</dd>
<dt>Reason</dt><dd>{reason}</dd>
<dt>By image alone</dt><dd>{visual}</dd>
<dt>By text alone</dt><dd>{text}</dd></dl>
{candidates}{lines}"""

_CANDIDATES = """<div class="scroll"><table class="candidates">
<thead><tr><th>#</th>\
<th class="left">Candidate</th><th>Visual</th><th>Text</th><th>Fused</th></tr></thead>
<tbody>{rows}</tbody></table></div>
"""


def kind(one: Judged) -> str:
    """failed, right or wrong."""
    return "failed" if one.outcome is None else "right" if one.right else "wrong"


def kinds(one: Judged) -> list[str]:
    """The filters of the report that show this query."""
    other = [OTHER] if OTHER in (one.truth, one.answer) else []
    return ["all", kind(one), *other]


def card(one: Judged, query: str | None, match: str | None) -> Markup:
    """One query; `query` and `match` are data URIs of its image and of its best match."""
    best = one.best
    nearest = "" if best is None else f"Best match: {best.label}"
    return markup(
        _CARD,
        kind=kind(one),
        kinds=" ".join(kinds(one)),
        query=_figure(query, "not an image", "Query"),
        match=Markup() if best is None else _figure(match, best.id, nearest),
        title=one.truth if one.right or one.outcome is None else f"{one.truth} → {one.answer}",
        path=one.path,
        said=markup("<p>{error}</p>", error=one.error)
        if one.outcome is None
        else _said(one, one.outcome),
    )


def _said(one: Judged, outcome: Outcome) -> Markup:
    nearest = "" if outcome.label == one.answer else f" (nearest: {outcome.label})"
    return markup(
        _SAID,
        truth=one.truth,
        answer=one.answer + nearest,
        decision=outcome.decision,
        score=f"{outcome.score:.3f}",
        reason=outcome.reason,
        visual=one.visual_label or "–",
        text=one.text_label or "–",
        candidates=_candidates(outcome.candidates, one.truth),
        lines=_lines(outcome.lines),
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


def _lines(lines: Sequence[Line]) -> Markup:
    if not lines:
        return markup('<p class="soft">No text was read.</p>')
    items = Markup.join_all(
        markup(
            "<li><span>{text}</span><small>{score}</small></li>",
            text=line.text,
            score=f"{line.score:.2f}",
        )
        for line in lines
    )
    return markup(
        '<details><summary>{count} of text</summary><ul class="lines" lang="zh-Hans">'
        "{items}</ul></details>",
        count=f"{len(lines)} line{'s' if len(lines) > 1 else ''}",
        items=items,
    )

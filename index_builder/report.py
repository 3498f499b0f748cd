"""An evaluation as one HTML file: every query beside its best match, the wrong answers first."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from index_builder.cards import card, kind, kinds
from index_builder.judged import Judged
from index_builder.markup import Markup, markup
from index_builder.metrics import ClassRow, Metrics, confusions
from index_builder.page import page
from index_builder.thumbnails import thumbnail

_KINDS = {"all": "All", "wrong": "Wrong", "other": "Other", "failed": "Failed"}
_ORDER = ("wrong", "failed", "right")


def write_report(
    out: Path,
    judged: Sequence[Judged],
    metrics: Metrics,
    *,
    rows: Sequence[ClassRow],
    queries: Path,
    images: Path | None,
    facts: Mapping[str, str],
) -> None:
    """Writes `out`, which needs no other file: styles, script and thumbnails are in it.

    `rows` are those of `per_class`, `queries` the folder that `Judged.path` is relative to. A best
    match is shown from `images`/<its id>, or by its id alone where there is no such file. The file
    takes about 16 kB an image.
    """
    shown = cache(thumbnail)  # one gallery image is the best match of many queries
    ordered = sorted(judged, key=lambda one: _ORDER.index(kind(one)))
    text = page(
        headline=_headline(judged, metrics),
        facts=_facts(metrics, facts),
        tiles=_tiles(metrics),
        confusions=_confusions(judged),
        filters=_filters(judged),
        cards=Markup.join_all(
            card(one, shown(queries / one.path), _match(one, images, shown)) for one in ordered
        ),
        classes=Markup.join_all(map(_class_row, rows)),
    )
    out.write_text(text, encoding="utf-8", errors="replace")  # a file name may not be UTF-8


def _match(one: Judged, images: Path | None, shown: Callable[[Path], str | None]) -> str | None:
    """The thumbnail of the best match of `one`, where it lies under `images`."""
    if images is None or one.best is None:
        return None
    file = (images / one.best.id).resolve()
    inside = file.is_relative_to(images.resolve())  # an id may come from a server
    return shown(file) if inside else None


def _headline(judged: Sequence[Judged], metrics: Metrics) -> str:
    right = sum(one.right for one in judged)
    failed = len(metrics.failed)
    lost = f"; {failed} could not be answered, in no figure below" if failed else ""
    return f"{right} of {len(judged)} queries answered right{lost}."


def _facts(metrics: Metrics, facts: Mapping[str, str]) -> Markup:
    shown = {"answered from": ", ".join(metrics.gallery_versions), **facts}
    return Markup.join_all(
        markup("<div><dt>{name}</dt><dd>{value}</dd></div>", name=name, value=value)
        for name, value in shown.items()
    )


def _tiles(metrics: Metrics) -> Markup:
    known, other = f"{metrics.answered_known} known queries", f"{metrics.answered_other} of other"
    speed = "–" if metrics.images_per_s is None else f"{metrics.images_per_s:.1f}"
    auroc = "–" if metrics.other_auroc is None else f"{metrics.other_auroc:.3f}"
    rejected = metrics.other_rejected_at_98_known_kept
    tiles = (
        ("Accuracy", _percent(metrics.closed_set_accuracy), f"image and text, {known}"),
        ("Without OCR", _percent(metrics.visual_only_accuracy), "accuracy by image alone"),
        ("Text alone", _percent(metrics.text_only_accuracy), "accuracy by text alone"),
        ("With other", _percent(metrics.open_set_accuracy), f"accuracy, {other} included"),
        ("Micro F1", _percent(metrics.micro_f1), _precision_recall(metrics)),
        ("AUROC of other", auroc, "known above other, by score"),
        ("Other rejected", _percent(rejected), "where 98 % of known are kept"),
        ("Images per second", speed, f"{metrics.seconds:.1f} s in all"),
    )
    return Markup.join_all(
        markup(
            '<div class="tile"><span>{name}</span><b>{value}</b><small>{note}</small></div>',
            name=name,
            value=value,
            note=note,
        )
        for name, value, note in tiles
    )


def _precision_recall(metrics: Metrics) -> str:
    precision, recall = _percent(metrics.micro_precision), _percent(metrics.micro_recall)
    return f"precision {precision}, recall {recall}"


def _confusions(judged: Sequence[Judged]) -> Markup:
    pairs = confusions(judged)
    if not pairs:
        return markup('<p class="soft">None: every answer is right.</p>')
    rows = Markup.join_all(
        markup(
            '<tr><th>{truth}</th><td class="left">{answer}</td><td>{count}</td></tr>',
            truth=truth,
            answer=answer,
            count=count,
        )
        for truth, answer, count in pairs
    )
    return markup(
        '<div class="box"><table><thead><tr><th>Truth</th><th class="left">Answer</th>'
        "<th>Queries</th></tr></thead><tbody>{rows}</tbody></table></div>",
        rows=rows,
    )


def _filters(judged: Sequence[Judged]) -> Markup:
    counts = Counter(name for one in judged for name in kinds(one))
    return Markup.join_all(
        markup(
            '<button type="button" data-kind="{name}" aria-pressed="{on}">{title} {count}</button>',
            name=name,
            on="true" if name == "all" else "false",
            title=title,
            count=counts[name],
        )
        for name, title in _KINDS.items()
        if counts[name] or name != "failed"
    )


def _class_row(row: ClassRow) -> Markup:
    return markup(
        '<tr class="{dim}"><th>{label}</th><td>{precision}</td><td>{recall}</td><td>{f1}</td>'
        "<td>{support}</td><td>{tp}</td><td>{fp}</td><td>{fn}</td><td>{tn}</td></tr>",
        dim="" if row.support else "dim",  # no query of it, so nothing was tested
        label=row.label,
        precision=_percent(row.precision),
        recall=_percent(row.recall),
        f1=_percent(row.f1),
        support=row.support,
        tp=row.tp,
        fp=row.fp,
        fn=row.fn,
        tn=row.tn,
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"

"""An evaluation as one HTML file: every query beside its best match, the wrong answers first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from index_builder.evaluation.evaluate import Evaluation
from index_builder.evaluation.judged import OTHER, Judged
from index_builder.evaluation.metrics import Metrics
from index_builder.evaluation.results import write_json, write_per_class
from index_builder.html.markup import Markup, markup
from index_builder.html.page import page
from index_builder.html.thumbnails import thumbnail
from index_builder.report.cards import anchor, card, kind, kinds, row
from index_builder.report.charts import charts
from index_builder.report.confusion import confusion_tables
from index_builder.report.tables import (
    ablation_table,
    class_rows,
    decimal,
    leave_class_out_section,
    percent,
)
from index_builder.report.view import GalleryView

_KINDS = {"all": "All", "wrong": "Wrong", "other": "Other", "failed": "Failed"}


def write_evaluation(
    out: Path, evaluation: Evaluation, gallery: GalleryView, settings: Mapping[str, str]
) -> Path:
    """Writes metrics.json, metrics_per_class.csv and report.html to the folder `out`.

    `settings` is what the run was made with (encoder, options, ...), kept in the files. Answers the
    path of the report.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "metrics.json", evaluation.metrics, evaluation.comparison, settings)
    write_per_class(out / "metrics_per_class.csv", evaluation.rows)
    write_report(out / "report.html", evaluation, gallery, settings)
    return out / "report.html"


def write_report(
    out: Path, evaluation: Evaluation, gallery: GalleryView, settings: Mapping[str, str]
) -> None:
    """Writes `out`, which needs no other file: styles, script, curves and thumbnails are in it.

    A best match is shown from the gallery's images, or by its id alone where there is no such file.
    The file takes about 16 kB an image.
    """
    judged, metrics, comparison = evaluation.judged, evaluation.metrics, evaluation.comparison
    shown = cache(thumbnail)  # one gallery image is the best match of many queries
    numbered = list(enumerate(judged))

    def full(number: int, query: Judged) -> Markup:
        best = None if query.best is None else gallery.image_of(query.best.id)
        match = None if best is None else shown(best)
        return card(query, shown(evaluation.queries / query.path), match, gallery, anchor(number))

    bad = sorted((pair for pair in numbered if kind(pair[1]) != "right"), key=_worst_first)
    text = page(
        headline=_headline(judged, metrics),
        facts=_settings(metrics, settings),
        tiles=_tiles(metrics),
        ablations=ablation_table(comparison),
        plots=charts(judged, metrics, comparison),
        leave_class_out=leave_class_out_section(comparison.leave_class_out),
        confusions=confusion_tables(judged, gallery.labels),
        classes=class_rows(evaluation.rows),
        bad=Markup.join_all(full(*pair) for pair in bad)
        or markup('<p class="soft">None: every query was answered right.</p>'),
        filters=_filters(judged),
        rows=Markup.join_all(
            row(query, anchor(number), full(number, query) if kind(query) == "right" else None)
            for number, query in numbered
        ),
    )
    out.write_text(text, encoding="utf-8", errors="replace")  # a file name may not be UTF-8


def _worst_first(pair: tuple[int, Judged]) -> tuple[bool, float]:
    """Sort key: wrong answers first, the most confident of them first; then unanswered queries."""
    query = pair[1]
    if query.outcome is None:
        return True, 0.0
    sure = query.outcome.confidence
    return False, -(1 - sure if query.answer == OTHER else sure)


def _headline(judged: Sequence[Judged], metrics: Metrics) -> str:
    right = sum(query.right for query in judged)
    failed = len(metrics.failed)
    lost = f"; {failed} could not be answered, in no figure below" if failed else ""
    return f"{right} of {len(judged)} queries answered right{lost}."


def _settings(metrics: Metrics, settings: Mapping[str, str]) -> Markup:
    shown = {"answered from": ", ".join(metrics.gallery_versions), **settings}
    return Markup.join_all(
        markup("<div><dt>{name}</dt><dd>{value}</dd></div>", name=name, value=value)
        for name, value in shown.items()
    )


def _tiles(metrics: Metrics) -> Markup:
    known, other = f"{metrics.answered_known} known queries", f"{metrics.answered_other} of other"
    speed = "–" if metrics.images_per_s is None else f"{metrics.images_per_s:.1f}"
    rejected = metrics.other_rejected_at_98_known_kept
    tiles = (
        ("Accuracy", percent(metrics.closed_set_accuracy), f"image and text, {known}"),
        ("Image alone", percent(metrics.visual_only_accuracy), "accuracy, nearest by embedding"),
        ("Text alone", percent(metrics.text_only_accuracy), "accuracy, nearest by text"),
        ("With other", percent(metrics.open_set_accuracy), f"accuracy, {other} included"),
        ("Micro F1", percent(metrics.micro_f1), _precision_recall(metrics)),
        ("AUROC of other", decimal(metrics.other_auroc), "known above other, by confidence"),
        ("Other rejected", percent(rejected), "where 98 % of known are kept"),
        ("FPR95", percent(metrics.other_fpr95), "other accepted where 95 % of known are"),
        ("OSCR", decimal(metrics.oscr), "known named right and above other"),
        ("AURC", decimal(metrics.aurc), "area under risk over coverage, 0 is best"),
        ("ECE", decimal(metrics.ece), "calibration error, 0 is best"),
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
    precision, recall = percent(metrics.micro_precision), percent(metrics.micro_recall)
    return f"precision {precision}, recall {recall}"


def _filters(judged: Sequence[Judged]) -> Markup:
    counts = Counter(name for query in judged for name in kinds(query))
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

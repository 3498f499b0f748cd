"""The figures of an evaluation as files for other programs."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from index_builder.evaluation.metrics import Metrics
from index_builder.evaluation.per_class import ClassRow
from index_builder.evaluation.variants import Comparison

CSV_COLUMNS = ("Class", "Precision", "Recall", "F1-Score", "Support", "TP", "FP", "FN", "TN")
# A file name that is not UTF-8 reaches us with lone surrogates; "\udc80" is how JSON spells them.
_SURROGATES = "backslashreplace"


def write_json(
    path: Path, metrics: Metrics, comparison: Comparison, settings: Mapping[str, str]
) -> None:
    """Every field of `metrics` and of `comparison`, and `settings` under the name `facts`.

    An undefined figure is null, as is leave_class_out where it was not asked for.
    """
    content = {**asdict(metrics), **asdict(comparison), "facts": dict(settings)}
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8", errors=_SURROGATES)


def write_per_class(path: Path, rows: Sequence[ClassRow]) -> None:
    """CSV with CSV_COLUMNS; an undefined share is an empty cell."""
    with path.open("w", encoding="utf-8", errors=_SURROGATES, newline="") as file:
        table = csv.writer(file)
        table.writerow(CSV_COLUMNS)
        for row in rows:
            shares = (_cell(row.precision), _cell(row.recall), _cell(row.f1))
            table.writerow((row.label, *shares, row.support, row.tp, row.fp, row.fn, row.tn))


def _cell(share: float | None) -> str:
    return "" if share is None else f"{share:.6f}"

"""Judged queries as a table for a terminal, where a Chinese character is two columns wide."""

import unicodedata
from collections.abc import Sequence

from index_builder.evaluation.judged import Judged

_HEADER = ("", "image", "truth", "answer", "confidence", "reason")


def print_table(judged: Sequence[Judged]) -> None:
    """Prints `format_table` to standard output."""
    print(format_table(judged))


def format_table(judged: Sequence[Judged]) -> str:
    """One row a query, the wrong and the failed marked, and a last line that counts them."""
    rows = [_HEADER, *(_row(query) for query in judged)]
    cells = [[_printable(cell) for cell in row] for row in rows]
    widths = [max(columns(row[i]) for row in cells) for i in range(len(_HEADER))]
    lines = ["  ".join(map(_padded, row, widths)).rstrip() for row in cells]
    right = sum(query.right for query in judged)
    failed = sum(query.outcome is None for query in judged)
    count = f"{right} of {len(judged)} right" + (f", {failed} failed" if failed else "")
    return "\n".join([*lines, "", count])


def columns(text: str) -> int:
    """Terminal columns of `text`: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _row(query: Judged) -> tuple[str, ...]:
    if query.outcome is None:
        return "!", query.path, query.truth, "failed", "", query.error
    mark = "✓" if query.right else "✗"
    return (
        mark,
        query.path,
        query.truth,
        query.answer,
        f"{query.outcome.confidence:.3f}",
        query.outcome.reason,
    )


def _printable(cell: str) -> str:
    """A label or text of an image may hold what a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in cell)


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - columns(cell))

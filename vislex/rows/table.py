"""The rows of a table of text, CSV or TSV, as a spreadsheet writes it."""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import IO, Any

from vislex.errors import InvalidInput
from vislex.rows.decode import open_text
from vislex.rows.raw import Raw, folded, unique

# The module's own limit of 128 kB, which is one for the whole process, ends a file with a long note
# in a cell. Some limit is good: a quote that is never closed makes a cell of the rest of the file.
csv.field_size_limit(1 << 24)

_DELIMITERS = ",;\t|"


def csv_rows(path: Path, encoding: str, needed: Sequence[str]) -> Iterator[Raw]:
    """Rows under a header. The delimiter is the one that makes a header of the names `needed`.

    Raises InvalidInput where a name comes twice, or a quote is opened and never closed.
    """
    with open_text(path, encoding, newline="") as file:
        first, delimiter, skipped = _first_line(file, needed)
        reader = csv.reader(
            chain([first], file), delimiter=delimiter, skipinitialspace=True, strict=True
        )
        names: list[str] = []
        for where, cells in _records(path, reader, skipped):
            if isinstance(cells, str):
                yield Raw(where, problem=cells)
            elif not names:
                names = _header(path, cells)
            elif any(cell.strip() for cell in cells[len(names) :]):
                count = f"{len(cells)} cells; expected {len(names)} ({', '.join(names)})"
                quotes = f"and quotes around a cell that holds {delimiter!r}"
                yield Raw(where, problem=f"{count}, {quotes}")
            else:
                yield Raw(where, dict(zip_longest(names, cells[: len(names)])))


def _first_line(file: IO[str], needed: Sequence[str]) -> tuple[str, str, int]:
    """The line with the header, the delimiter, and how many lines stand before it."""
    told, skipped = "", 0
    while (line := file.readline()) and not line.strip(" \r\n" + _DELIMITERS):
        skipped += 1
    if line[:4].lower() == "sep=":  # by which Excel says its delimiter
        told, line, skipped = line[4:5].strip("\r\n"), file.readline(), skipped + 1
    return line, told or _delimiter(line, needed), skipped


def _delimiter(header: str, needed: Sequence[str]) -> str:
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            continue
        if {*needed} <= {folded(cell) for cell in cells}:
            return delimiter
    return _DELIMITERS[0]


def _records(path: Path, reader: Any, skipped: int) -> Iterator[tuple[str, list[str] | str]]:
    """Each row that is not empty, with its place, or why it is none."""
    while True:
        line = reader.line_num + skipped + 1
        try:
            cells: list[str] | str = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise InvalidInput(
                    f"{path} line {line}: a quote is opened and never closed, so nothing from "
                    "there on can be told apart"
                ) from None
            cells = f"no row: {error}"
        if any(cell.strip() for cell in cells):
            last = reader.line_num + skipped
            yield (f"line {line}" if last <= line else f"lines {line} to {last}"), cells


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    """The names of the columns; one without, as some programs write, goes by its number."""
    last = max(place for place, cell in enumerate(cells) if cell.strip())
    named = [cell.strip() or f"column {n}" for n, cell in enumerate(cells[: last + 1], start=1)]
    unique(path, named)
    return named

"""Rows of declared columns. What cannot be read is left out and told; the rest is not held up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vislex.errors import InvalidInput
from vislex.rows.columns import Column, shown
from vislex.rows.decode import GB18030, READ, encoding_of
from vislex.rows.objects import json_rows, parquet_rows
from vislex.rows.raw import Raw, folded
from vislex.rows.remarks import LeftOut, Remarks
from vislex.rows.table import csv_rows

_READERS = {
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".jsonl": json_rows,
    ".ndjson": json_rows,
    ".parquet": parquet_rows,
}
SUFFIXES = tuple(_READERS)
_SHOWN = 5  # columns in a message


@dataclass(frozen=True)
class Row:
    """One row: what the declared columns hold, where they hold anything, and the other cells."""

    where: str  # file and line, or row of a Parquet file
    values: Mapping[str, Any]
    rest: Mapping[str, Any]


def read_rows(
    path: Path, columns: Sequence[Column], remarks: Remarks, kind: str | None = None
) -> Iterator[Row]:
    """The rows of a file, one by one; `kind` is one of SUFFIXES, None for the file's own.

    A row that cannot be used is left out: `remarks` get its place, the column, what was found and
    what was expected. Raises InvalidInput where the file is of no such kind or cannot be read, a
    required column is missing, or not one row can be used.
    """
    suffix = path.suffix.lower() if kind is None else kind
    if suffix not in _READERS:
        raise InvalidInput(f"{path} is not a supported kind of file ({', '.join(SUFFIXES)})")
    if not path.is_file():
        raise InvalidInput(f"there is no file {path}")
    encoding = "" if suffix == ".parquet" else encoding_of(path)
    if encoding == GB18030:
        remarks.notes.append(f"{path} is not UTF-8; it was read as GB18030 (GBK)")
    good, first = 0, ""
    needed = [column.name for column in columns if column.required]
    try:
        for raw in _READERS[suffix](path, encoding, needed):
            try:
                row = _row(path, raw, columns, strict=suffix in (".csv", ".tsv", ".parquet"))
            except _Unusable as unusable:
                left = LeftOut(f"{path.name} {raw.where}{unusable.column}", str(unusable))
                remarks.left_out.append(left)
                first = first or str(left)
                continue
            good += 1
            yield row
    except UnicodeError as error:
        raise InvalidInput(f"{path} cannot be read as {encoding}: {error}") from None
    if not good:
        why = f"can be used; the first, {first}" if first else "is there"
        raise InvalidInput(f"{path}: no row {why}; expected rows of {' and '.join(needed)}")


class _Unusable(Exception):
    """Why a row is left out, and in `column` where in it that is."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.column = f", column {column}" if column else ""


def _row(path: Path, raw: Raw, columns: Sequence[Column], *, strict: bool) -> Row:
    """Raises _Unusable, and with `strict` InvalidInput for a column that the file does not have."""
    if raw.problem:
        raise _Unusable(raw.problem)
    declared = {column.name: column for column in columns}
    values: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, value in raw.cells.items():
        if not _is_text(name) or (isinstance(value, str) and not _is_text(value)):
            raise _Unusable(
                f"{shown(value)}, which is not whole characters; expected text in {READ}",
                shown(name)[1:-1],
            )
        known = declared.get(name) or declared.get(folded(name))
        if known is None:
            rest[name] = value
        elif not _is_empty(value):
            if known.name in values:  # as Label and label, which JSON does not tell
                raise _Unusable("comes twice; expected it once", known.name)
            try:
                values[known.name] = known.read(value)
            except InvalidInput as error:
                raise _Unusable(str(error), known.name) from None
    missing = [name for name, column in declared.items() if column.required and name not in values]
    if missing:
        absent = [name for name in missing if name not in map(folded, raw.cells)]
        if strict and absent:
            raise InvalidInput(
                f"{path} has no column {' and no column '.join(absent)}; "
                f"found {', '.join(map(shown, raw.cells))}"
            )
        if absent:
            raise _Unusable(_lacks(absent, rest))
        raise _Unusable(f"empty; expected a value in {' and in '.join(missing)}", missing[0])
    return Row(f"{path.name} {raw.where}", values, rest)


def _lacks(names: Sequence[str], rest: Mapping[str, Any]) -> str:
    """That a row has no such columns, and which it has that nobody asked for, often a slip."""
    has = ", ".join(map(shown, [*rest][:_SHOWN]))
    more = ", ..." if len(rest) > _SHOWN else ""
    told = f"; it has {has}{more}" if rest else ""
    return f"no {' and no '.join(names)}{told}; expected a value in {' and in '.join(names)}"


def _is_text(value: str) -> bool:
    """Whether UTF-8 can hold it: lone halves of a character cannot be written to any file."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_empty(value: Any) -> bool:
    """A cell without anything; Parquet and JSON have None and NaN for it."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value != value

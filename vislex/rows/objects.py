"""The rows of JSON lines and Parquet files as they stand: cells by the name of their column."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from vislex.errors import InvalidInput
from vislex.rows.columns import shown
from vislex.rows.decode import open_text
from vislex.rows.optional import optional
from vislex.rows.raw import Raw, unique


def json_rows(path: Path, encoding: str, needed: Sequence[str]) -> Iterator[Raw]:
    """One JSON object a line; empty lines are none."""
    with open_text(path, encoding, newline=None) as file:
        for number, read in enumerate(file, start=1):
            line = read.strip().lstrip("\ufeff")  # a mark stands where files were put together
            if not line:
                continue
            try:
                row = json.loads(line, object_pairs_hook=_object)
            except (ValueError, RecursionError) as error:
                yield Raw(f"line {number}", problem=f"no JSON: {error}; found {shown(line)}")
                continue
            if isinstance(row, dict):
                yield Raw(f"line {number}", row)
            else:
                yield Raw(f"line {number}", problem=f"{shown(row)}; expected {{...}}")


def parquet_rows(path: Path, encoding: str, needed: Sequence[str]) -> Iterator[Raw]:
    """The rows of a Parquet file. Raises InvalidInput where it is none, or pyarrow is missing."""
    arrow, parquet = optional("pyarrow"), optional("pyarrow.parquet")
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            unique(path, file.schema_arrow.names)
            for batch in file.iter_batches():
                for cells in batch.to_pylist():
                    number += 1
                    yield Raw(f"row {number}", cells)
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read as Parquet: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError(f"{shown([name for name, _ in pairs])} has a name twice")
    return values

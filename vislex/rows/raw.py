"""A row as it stands in a file, whatever its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vislex.errors import InvalidInput


@dataclass(frozen=True)
class Raw:
    """A row, or in `problem` why there is none; `where` is its place in the file."""

    where: str
    cells: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def folded(name: str) -> str:
    """A column's name as it is compared: Path, PATH and path are one."""
    return name.strip().casefold()


def unique(path: Path, names: Sequence[str]) -> None:
    """Raises InvalidInput where two of a file's columns have one name."""
    twice = sorted({name for name in names if [*map(folded, names)].count(folded(name)) > 1})
    if twice:
        raise InvalidInput(f"{path} has several columns {', '.join(twice)}; expected each once")

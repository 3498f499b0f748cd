"""What a column may hold: a function from the cell to a value of its type.

Each raises InvalidInput that says what was found and what was expected.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vislex.errors import InvalidInput
from vislex.gallery.labels import label_of

LONGEST = 4096  # characters of a declared column; a path has no more
_SHOWN = 60


@dataclass(frozen=True)
class Column:
    """A column that is asked for. A row without a value in a required one cannot be used."""

    name: str
    read: Callable[[Any], Any]
    required: bool = True


def text(value: Any) -> str:
    """Text, or a whole number as its digits (0 is a name, too), without spaces around it."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidInput(f"{shown(value)} is not text; expected text or a whole number")
    stripped = str(value).strip()
    if "\0" in stripped:
        raise InvalidInput(f"{shown(stripped)} contains a NUL character; expected text without it")
    if len(stripped) > LONGEST:
        raise InvalidInput(f"{len(stripped)} characters; expected {LONGEST} at most")
    return stripped


def label(value: Any) -> str:
    """A label, as `vislex.gallery.labels` has them."""
    return label_of(text(value))


def shown(value: Any) -> str:
    """A value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."

"""What a column of rows may hold: a function from what stands there to a value of its type.

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
        raise InvalidInput(f"{shown(value)} is no text; expected text or a whole number")
    found = str(value).strip()
    if "\0" in found:
        raise InvalidInput(f"{shown(found)} holds a NUL; expected text without")
    if len(found) > LONGEST:
        raise InvalidInput(f"{len(found)} characters; expected {LONGEST} at most")
    return found


def label(value: Any) -> str:
    """A label, as `vislex.gallery.labels` has them."""
    return label_of(text(value))


def shown(value: Any) -> str:
    """A value for a message, cut where it is long."""
    found = repr(value)
    return found if len(found) <= _SHOWN else f"{found[:_SHOWN]}..."

"""Settings, parsed at the edge from `VISLEX_*` variables; and what the machine has."""

import os

from vislex.errors import InvalidOption


def count(name: str, text: str) -> int:
    """The count that variable `VISLEX_<NAME>` holds. Raises InvalidOption when it is none."""
    if not text.isdecimal() or int(text) < 1:
        raise InvalidOption(
            f"VISLEX_{name.upper()} is {text!r}; expected a whole number of 1 or more"
        )
    return int(text)


def usable_cores() -> int:
    """The cores that this process may use: in a container perhaps fewer than the machine has."""
    return len(os.sched_getaffinity(0))

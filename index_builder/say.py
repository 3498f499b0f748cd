"""Messages on standard error: what was left out, and notes."""

import sys
from collections import defaultdict
from collections.abc import Iterable

from vislex.rows import Remarks

_SHOWN = 5  # names of one reason


def say(remarks: Remarks) -> None:
    """Prints what was left out, reason by reason, with its number, and the notes."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for remark in remarks.left_out:
        names[remark.reason].append(remark.name)
    for reason, several in names.items():
        count = f"{len(several)}: " if len(several) > 1 else ""
        print(f"left out {count}{few(several)}: {plain(reason)}", file=sys.stderr)
    if len(remarks.left_out) > 1:
        print(f"{len(remarks.left_out)} left out in all", file=sys.stderr)
    for note in remarks.notes:
        print(f"note: {plain(note)}", file=sys.stderr)


def few(names: Iterable[str]) -> str:
    """The first of some names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return f"{', '.join(map(plain, listed[:_SHOWN]))}{more}"


def counted(count: int, singular: str, plural: str) -> str:
    """A number with its noun.

    >>> counted(1, "image is", "images are")
    '1 image is'
    """
    return f"{count} {singular if count == 1 else plural}"


def plain(name: str) -> str:
    r"""A name for a terminal: what cannot be printed is spelled, as "\n" is.

    >>> plain("a\nb")
    'a\\nb'
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)

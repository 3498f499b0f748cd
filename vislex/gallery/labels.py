"""Names of labels: one check for all input, so that two names that look the same are the same."""

import unicodedata
from functools import lru_cache

from vislex.errors import InvalidInput

OTHER = "other"  # what the decision says of a screen that shows none of the labels
LONGEST = 255  # characters

_SPACES = " \u3000"  # the second is the one that Chinese text uses
_JOINING = "\u200c\u200d"
# Invisible, but not called so by their category: fillers of Hangul, the empty Braille cell, a
# joiner of combining marks.
_BLANK = "\u034f\u115f\u1160\u2800\u3164\uffa0"


@lru_cache(1 << 12)  # a manifest says each label many times
def label_of(name: str) -> str:
    """The label of that name: composed as Unicode's NFC says, and without spaces around it.

    Raises InvalidInput where nothing is left, where it holds what cannot be seen (line breaks,
    control characters, other kinds of spaces), where it is too long, and for `other`.

    >>> label_of(" Cafe\u0301 ")
    'Café'
    """
    label = unicodedata.normalize("NFC", name).strip()
    if not label:
        raise InvalidInput(f"the label {name!r} is empty; expected a name")
    if len(label) > LONGEST:
        raise InvalidInput(
            f"the label {label[:20]!r}... has {len(label)} characters; expected {LONGEST} at most"
        )
    for place, character in enumerate(label):
        if not _visible(label, place):
            half = (
                unicodedata.category(character) == "Cs"
            )  # how Python shows bytes that are not UTF-8
            unnamed = "no whole character" if half else "a control character"
            known_as = unicodedata.name(character, unnamed)
            raise InvalidInput(
                f"the label {label!r} holds U+{ord(character):04X} ({known_as}), which cannot be "
                "seen; expected visible characters, and plain spaces between them"
            )
    if label.casefold() == OTHER:
        raise InvalidInput(
            f"the label {label!r} is what the decision says of a screen that shows no label; "
            "expected another name (`calibrate --others` takes images of no label)"
        )
    return label


def _visible(label: str, place: int) -> bool:
    character = label[place]
    category = unicodedata.category(character)
    if character in _JOINING or unicodedata.name(character, "").startswith("VARIATION SELECTOR"):
        # They shape letters of other scripts and emoji; beside plain letters they show nothing.
        return place > 0 and not label[place - 1].isascii()
    if category in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in _BLANK:
        return False
    return category != "Zs" or character in _SPACES

"""What a screen says, as the decision wants it: units, lines of units, terms.

A *unit* is one Chinese character or one word of letters; digits, amounts, dates, masks and
punctuation are not units, so data that changes from shot to shot leaves little behind. A *term* is
two neighbouring Chinese characters or one word: what can be looked up and weighed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from sys import intern

from vislex.ocr.lines import Line
from vislex.text.status_bar import HAN, without_status_bar

Units = tuple[str, ...]

# A Han character (simplified, traditional or rare), or a word of two letters or more in any other
# script.
_UNIT = re.compile(rf"[{HAN}]|[^\W\d_{HAN}]{{2,}}")
_CACHED = 1 << 13  # lines; screens of a label share most of theirs, and so do requests


@dataclass(frozen=True)
class ScreenText:
    """One screen's text: its lines as units (empty ones left out) and the set of its terms."""

    line_units: tuple[Units, ...]
    terms: frozenset[str]


def screen_text(lines: Sequence[Line]) -> ScreenText:
    """The text of one screen, its status bar left out."""
    return text_of(tuple(u for line in without_status_bar(lines) if (u := units_of(line.text))))


def text_of(lines: tuple[Units, ...]) -> ScreenText:
    """A screen's text, given its lines without empty ones."""
    return ScreenText(lines, frozenset(term for line in lines for term in terms_of(line)))


@lru_cache(_CACHED)
def units_of(text: str) -> Units:
    """Chinese characters and words of a line, in order, lower case.

    >>> units_of("还款日 12月26日 Visa卡")
    ('还', '款', '日', '月', '日', 'visa', '卡')
    """
    return tuple(intern(unit.lower()) for unit in _UNIT.findall(text))


@lru_cache(_CACHED)
def terms_of(line: Units) -> tuple[str, ...]:
    """Words, and neighbouring pairs of Chinese characters.

    >>> terms_of(("visa", "银", "行", "卡"))
    ('visa', '银行', '行卡')
    """
    words = [unit for unit in line if len(unit) > 1]
    pairs = [intern(a + b) for a, b in pairwise(line) if len(a) == len(b) == 1]
    return tuple(words + pairs)


def joined(units: Iterable[str]) -> str:
    """Units as a person would write them: Chinese without spaces, words apart.

    >>> joined(("我", "的", "visa", "card"))
    '我的 visa card'
    """
    return (
        "".join(unit if len(unit) == 1 else f" {unit} " for unit in units)
        .strip()
        .replace("  ", " ")
    )

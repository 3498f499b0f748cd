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

Units = tuple[str, ...]

# A Han character (simplified, traditional or rare), or a word of two letters or more in any other
# script.
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNIT = re.compile(rf"[{_HAN}]|[^\W\d_{_HAN}]{{2,}}")
_CLOCK = re.compile(r"^\D{0,12}\d{1,2}[:：]\d{2}(?!\d)")
_STATUS_BAR_LINES = 6  # a clock further down than this is content
_CACHED = 1 << 13  # lines; screens of a label share most of theirs, and so do requests


@dataclass(frozen=True)
class ScreenText:
    """One screen's text: its lines as units (empty ones left out) and the set of its terms."""

    lines: tuple[Units, ...]
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


def without_status_bar(lines: Sequence[Line]) -> list[Line]:
    """The lines but for those in the row of the clock at the top, and above it.

    The row is found by the clock itself, since the height of the image is not known here. Where
    no clock was read nothing is left out.
    """
    clock = next((line for line in lines[:_STATUS_BAR_LINES] if _CLOCK.match(line.text)), None)
    if clock is None:
        return list(lines)
    bottom = max(y for _, y in clock.quad)
    return [line for line in lines if _middle(line) > bottom]


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


def _middle(line: Line) -> float:
    return sum(y for _, y in line.quad) / len(line.quad)

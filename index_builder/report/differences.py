"""Marks the words of one screen's text that another screen does not show.

Words are the core's terms: pairs of neighbouring Chinese characters, and words of letters. Digits,
amounts and punctuation change from shot to shot and are no words.
"""

from collections.abc import Collection, Iterable
from itertools import groupby

from vislex.text.units import terms_of, units_of


def terms_in(lines: Iterable[str]) -> set[str]:
    """Every word of some lines.

    >>> sorted(terms_in(["支付宝 Hi 12"]))
    ['hi', '付宝', '支付']
    """
    return {word for line in lines for word in terms_of(units_of(line))}


def marked(line: str, shown: Collection[str]) -> list[tuple[str, bool]]:
    """`line` in pieces, each with whether it differs: it lies in words, and none of them is shown.

    >>> marked("微信钱包 5", {"钱包"})
    [('微信', True), ('钱包 5', False)]
    """
    units, lowered = units_of(line), line.lower()
    differs, start = set[int](), 0
    for i, unit in enumerate(units):
        place = lowered.find(unit, start)
        if place < 0:  # a letter whose lower case depends on its neighbours
            continue
        start = place + len(unit)
        around = terms_of(units[i : i + 1]) + terms_of(units[max(i - 1, 0) : i + 2])
        of_unit = [word for word in around if unit in word]
        if of_unit and not any(word in shown for word in of_unit):
            differs |= set(range(place, start))
    pieces = groupby(range(len(line)), key=differs.__contains__)
    return [("".join(line[i] for i in places), mark) for mark, places in pieces]

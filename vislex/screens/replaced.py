"""Which words of a label stand replaced on a query: its lines, with another brand in them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum  # exact: words come in the order of a set, another in every process

from rapidfuzz.distance import Levenshtein

from vislex.screens.anchors import AnchorLine, Profile
from vislex.text.units import ScreenText, Units, terms_of

_LEAST_SHARED = 0.4  # of a line, for another line to be the same line with words replaced
_SAME_BRAND = 2.0  # times as weighty an anchor that two lines share makes them one brand's
_LENGTH_SLACK = 2  # units by which a replaced part may be longer or shorter
_SLIP = 0.25  # of a word's letters that a reader may have got wrong; one character at least
_SLIP_LINES = 3  # different ones that say the same other character: no slip of the reader


@dataclass(frozen=True)
class Replaced:
    """Words of a label's line, and the words that stand in their place on the query."""

    anchor: Units
    foreign: Units


def replacements_of(
    query: ScreenText, label: Profile, absent: Mapping[str, float]
) -> dict[Replaced, set[str]]:
    """What stands in the place of absent anchors, and which; the weightiest first.

    Only a line of the query that says something the label has never shown can hold another brand.
    And where both lines share an anchor far weightier than the one that is absent, they are two
    lines of one brand (`海棠应急宝，给生活多一点` and `海棠应急宝服务协议`), not one with another.
    """
    fresh = [
        (line, frozenset(line))
        for line in query.lines
        if any(term not in label.terms for term in terms_of(line))
    ]
    touched = {number for term in absent for number in label.lines_of.get(term, ())}
    lost: defaultdict[Replaced, set[str]] = defaultdict(set)
    slips: defaultdict[Replaced, set[Units]] = defaultdict(set)
    for number in sorted(touched):
        line = label.lines[number]
        shared = max((label.anchors[t] for t in line.anchors if t not in absent), default=0.0)
        at_stake = {term for term in line.anchors if term in absent}
        if max(absent[term] for term in at_stake) * _SAME_BRAND <= shared:
            continue
        for other, units in fresh:
            if line.distinct.isdisjoint(units):
                continue
            for part, found in _parts(line, other, label):
                terms = _terms_touching(line.units, part) & at_stake
                if max((absent[term] for term in terms), default=0.0) * _SAME_BRAND > shared:
                    lost[found] |= terms
                    if _is_slip(found):
                        slips[found].add(other)
    few = {part for part, said in slips.items() if len(said) < _SLIP_LINES}
    weights = {
        part: fsum(absent[t] for t in terms) for part, terms in lost.items() if part not in few
    }
    return {
        part: lost[part]
        for part in sorted(weights, key=lambda p: (-weights[p], p.anchor, p.foreign))
    }


def _parts(line: AnchorLine, other: Units, label: Profile) -> Iterable[tuple[slice, Replaced]]:
    """Replaced parts of a label's line, but for what the label has shown before in any place:
    that is data, not another brand."""
    for part, there in replaced_parts(line.units, other):
        foreign = other[there]
        around = other[max(there.start - 1, 0) : there.stop + 1]
        said = terms_of(foreign) or terms_of(around)  # one character has no term of its own
        if not any(term in label.terms for term in said):
            yield part, Replaced(line.units[part], foreign)


def replaced_parts(line: Units, other: Units) -> list[tuple[slice, slice]]:
    """Where `other` is `line` with words replaced: the part of `line`, and that of `other`.

    Both are of about the same length, and the rest of the line must be shared.
    """
    if abs(len(line) - len(other)) > 2 * _LENGTH_SLACK:
        return []
    least = max(2.0, _LEAST_SHARED * _size(line))
    if _size(unit for unit in line if unit in other) < least:
        return []
    parts: list[list[int]] = []
    shared = 0
    apart = True  # whether the last unit seen was shared
    for step in Levenshtein.opcodes(line, other):
        if step.tag == "equal":
            shared += _size(line[step.src_start : step.src_end])
            apart = True
        elif apart:
            parts.append([step.src_start, step.src_end, step.dest_start, step.dest_end])
            apart = False
        else:
            parts[-1][1], parts[-1][3] = step.src_end, step.dest_end
    if shared < least:
        return []
    return [
        (slice(a, b), slice(c, d))
        for a, b, c, d in parts
        if a < b and c < d and abs((b - a) - (d - c)) <= _LENGTH_SLACK
    ]


def _size(units: Iterable[str]) -> int:
    """How much units say: a word as much as two Chinese characters."""
    return sum(2 if len(unit) > 1 else 1 for unit in units)


def _is_slip(part: Replaced) -> bool:
    """Whether a reader may have taken the one for the other: a character, or a few of a word."""
    anchor, foreign = "".join(part.anchor), "".join(part.foreign)
    allowed = max(1, int(_SLIP * len(anchor))) if len(part.anchor) == len(part.foreign) == 1 else 1
    return Levenshtein.distance(anchor, foreign) <= allowed


def _terms_touching(line: Units, part: slice) -> set[str]:
    """The terms of a line that have at least one unit in `part`."""
    return set(terms_of(line[max(part.start - 1, 0) : part.stop + 1]))

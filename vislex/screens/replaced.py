"""Finds lines of a label that the query shows with other words in them, such as another brand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum  # exact: words come in the order of a set, another in every process

from rapidfuzz.distance import Levenshtein

from vislex.screens.anchors import AnchorLine, Profile
from vislex.text.units import ScreenText, Units, terms_of

_LEAST_SHARED = 0.4  # of a line: then another line may be the same line with words replaced
_SAME_BRAND = 2.0  # a shared anchor of this many times the weight: two lines of one brand
_LENGTH_SLACK = 2  # units by which a replaced part may be longer or shorter
_SLIP = 0.25  # of a word's letters that OCR may have read wrong; at least one character
_SLIP_LINES = 3  # different lines of a query with the same difference: then it is no OCR error


@dataclass(frozen=True)
class Replaced:
    """Words of a label's line, and the words that stand in their place on the query."""

    anchor: Units
    foreign: Units


def replacements_of(
    query: ScreenText, label: Profile, absent: Mapping[str, float]
) -> dict[Replaced, set[str]]:
    """What stands in the place of absent anchors -> these anchors; largest weight first.

    `absent` has the weight of each anchor that the query does not show. Only lines of the query
    that contain a term the label has never shown can hold another brand.
    """
    unseen = [
        line for line in query.line_units if any(term not in label.terms for term in terms_of(line))
    ]
    numbers = {number for term in absent for number in label.lines_of.get(term, ())}
    anchors_of: defaultdict[Replaced, set[str]] = defaultdict(set)
    slip_lines: defaultdict[Replaced, set[Units]] = defaultdict(set)  # different lines of the query
    for number in sorted(numbers):
        for other in unseen:
            for part, terms in _compare(label.anchor_lines[number], other, label, absent):
                anchors_of[part] |= terms
                if _is_slip(part):
                    slip_lines[part].add(other)
    slips = {part for part, lines in slip_lines.items() if len(lines) < _SLIP_LINES}
    weights = {
        part: fsum(absent[term] for term in terms)
        for part, terms in anchors_of.items()
        if part not in slips
    }
    return {
        part: anchors_of[part]
        for part in sorted(weights, key=lambda p: (-weights[p], p.anchor, p.foreign))
    }


def _compare(
    line: AnchorLine, other: Units, label: Profile, absent: Mapping[str, float]
) -> Iterator[tuple[Replaced, set[str]]]:
    """The parts of a label's line that `other` has replaced, each with the absent anchors in it.

    A worked example:

        line     关于棠海银行    its anchors and weights: 关于 1, 于棠 3, 棠海 3, 海银 3, 银行 1
        other    关于青柯银行    it shows 关于 and 银行; absent: 于棠, 棠海, 海银
        weights                  shared at most 1, absent at most 3: 3 * _SAME_BRAND > 1
        part     棠海 -> 青柯    the label has never shown the term 青柯
        yields   (棠海 -> 青柯, {于棠, 棠海, 海银}), the absent terms that touch the part

    When the two lines share an anchor of at least twice the weight of every absent one, they are
    two lines of one brand (`海棠应急宝，给生活多一点` and
    `海棠应急宝服务协议`), and nothing is replaced.
    """
    if line.distinct.isdisjoint(other):
        return
    missing = {term for term in line.anchors if term in absent}
    shared = max((label.anchors[t] for t in line.anchors if t not in absent), default=0.0)
    if max(absent[term] for term in missing) * _SAME_BRAND <= shared:
        return
    for part, replaced in _parts(line, other, label):
        terms = _terms_touching(line.units, part) & missing
        if max((absent[term] for term in terms), default=0.0) * _SAME_BRAND > shared:
            yield replaced, terms


def _parts(line: AnchorLine, other: Units, label: Profile) -> Iterator[tuple[slice, Replaced]]:
    """Replaced parts of a label's line. What the label has shown anywhere before is left out: that
    is data, not another brand."""
    for part, there in replaced_parts(line.units, other):
        foreign = other[there]
        around = other[max(there.start - 1, 0) : there.stop + 1]
        said = terms_of(foreign) or terms_of(around)  # one character has no term of its own
        if not any(term in label.terms for term in said):
            yield part, Replaced(line.units[part], foreign)


def replaced_parts(line: Units, other: Units) -> list[tuple[slice, slice]]:
    """Where `other` is `line` with words replaced: each part of `line`, and that of `other`.

    Both parts have about the same length, and enough of the rest of the line must be the same.
    """
    if abs(len(line) - len(other)) > 2 * _LENGTH_SLACK:
        return []
    least = max(2.0, _LEAST_SHARED * _size(line))
    if _size(unit for unit in line if unit in other) < least:
        return []
    parts: list[list[int]] = []
    shared = 0
    after_shared = True  # whether the last unit seen was shared
    for step in Levenshtein.opcodes(line, other):
        if step.tag == "equal":
            shared += _size(line[step.src_start : step.src_end])
            after_shared = True
        elif after_shared:
            parts.append([step.src_start, step.src_end, step.dest_start, step.dest_end])
            after_shared = False
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
    """The length of units: a word counts as two Chinese characters."""
    return sum(2 if len(unit) > 1 else 1 for unit in units)


def _is_slip(part: Replaced) -> bool:
    """Whether the difference may be an OCR error: one character, or a few letters of a word."""
    anchor, foreign = "".join(part.anchor), "".join(part.foreign)
    allowed = max(1, int(_SLIP * len(anchor))) if len(part.anchor) == len(part.foreign) == 1 else 1
    return Levenshtein.distance(anchor, foreign) <= allowed


def _terms_touching(line: Units, part: slice) -> set[str]:
    """The terms of a line that have at least one unit in `part`."""
    return set(terms_of(line[max(part.start - 1, 0) : part.stop + 1]))

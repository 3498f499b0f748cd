"""What the images of one label have in common: its anchors and its stable lines."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import fsum  # exact: words come in the order of a set, another in every process

from vislex.text.units import Units, terms_of
from vislex.text.vocabulary import LabelCounts, Vocabulary

_ANCHOR_SHARE = 0.5  # of a label's images that carry a term, for it to be an anchor
_STABLE_SHARE = 0.5  # of a label's images that show a line, for it to be named in a reason
_LINE_SHARE = 0.1  # of a label's images that show a line, for its words to be missed
_REPEATS = 4.0  # lines of one screen that may add to an anchor's weight


@dataclass(frozen=True)
class AnchorLine:
    """A line that holds anchors: its units, and its terms with the place each begins at."""

    units: Units
    distinct: frozenset[str]
    anchors: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """What the evidence needs of a label; derived from its words and those of all labels."""

    images: int
    terms: Mapping[str, int]  # every term the label has shown -> images
    anchors: Mapping[str, float]  # anchor term -> share of images x rarity x lines it stands in
    anchor_sum: float
    anchor_max: float
    anchor_lines: tuple[AnchorLine, ...]
    lines_of: Mapping[str, tuple[int, ...]]  # anchor -> numbers of the lines that hold it
    stable: tuple[Units, ...]  # lines of half the images, weightiest first


def profile_of(label: LabelCounts, vocabulary: Vocabulary) -> Profile:
    """Anchors are terms of at least half the images, which few other labels show."""
    least = _ANCHOR_SHARE * label.images
    anchors = {
        term: count / label.images * vocabulary.weight(term) * min(label.repeats[term], _REPEATS)
        for term, count in label.terms.items()
        if count >= least
    }
    # A line of one image out of several is data, or an OCR error.
    often = max(min(2, label.images), _LINE_SHARE * label.images)
    kept = {
        line: tuple(term for term in terms_of(line) if term in anchors)
        for line, images in label.lines.items()
        if images >= often
    }
    lines = tuple(AnchorLine(line, frozenset(line), held) for line, held in kept.items() if held)
    lines_of: defaultdict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        for term in line.anchors:
            lines_of[term].append(number)
    stable = [line for line in kept if label.lines[line] >= _STABLE_SHARE * label.images]
    stable.sort(key=lambda line: (-label.lines[line] * fsum(anchors[t] for t in kept[line]), line))
    return Profile(
        label.images,
        label.terms,
        anchors,
        fsum(anchors.values()),
        max(anchors.values(), default=0.0),
        lines,
        {term: tuple(dict.fromkeys(numbers)) for term, numbers in lines_of.items()},
        tuple(stable),
    )


class Profiles:
    """The profile of each label by number, computed on first use and then kept."""

    def __init__(self, counts_of: Callable[[int], LabelCounts], vocabulary: Vocabulary) -> None:
        self._counts_of = counts_of
        self._vocabulary = vocabulary
        self._made: dict[int, Profile] = {}

    def __getitem__(self, number: int) -> Profile:
        if number not in self._made:
            self._made[number] = profile_of(self._counts_of(number), self._vocabulary)
        return self._made[number]

    def replaced(self, number: int, words: LabelCounts) -> "Profiles":
        """The same profiles, but with these word counts for one label."""
        other = Profiles(self._counts_of, self._vocabulary)
        other._made[number] = profile_of(words, self._vocabulary)
        return other

"""How often each word occurs: over the gallery's labels, and within one label."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vislex.text.units import ScreenText, Units, terms_of


@dataclass(frozen=True)
class Vocabulary:
    """How common each term is over the labels of a gallery."""

    labels: Mapping[str, int]  # term -> labels that show it
    label_count: int

    def weight(self, term: str) -> float:
        """Rarity over labels, log((L + 1) / (labels with it + 0.5)); always above 0."""
        return self.rarity(self.labels.get(term, 0))

    def rarity(self, labels: int) -> float:
        """The weight of a term that so many labels show."""
        return math.log((self.label_count + 1) / (labels + 0.5))


@dataclass(frozen=True)
class LabelCounts:
    """Word counts of one label: in how many of its images each term and each line occurs."""

    images: int
    terms: Mapping[str, int]
    lines: Mapping[Units, int]
    repeats: Mapping[str, float]  # term -> lines of an image that hold it, where one does


def label_counts(texts: Sequence[ScreenText]) -> LabelCounts:
    """Counts over the screens of one label."""
    terms: Counter[str] = Counter()
    lines: Counter[Units] = Counter()
    in_lines: Counter[str] = Counter()
    for text in texts:
        terms.update(text.terms)
        lines.update(set(text.line_units))
        in_lines.update(term for line in text.line_units for term in set(terms_of(line)))
    return LabelCounts(
        len(texts), terms, lines, {term: in_lines[term] / terms[term] for term in terms}
    )

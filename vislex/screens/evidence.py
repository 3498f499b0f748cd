"""The evidence of a query's words for and against one label.

Learned from the gallery alone: which terms most images of a label show (its *anchors*), weighted by
how few other labels show them and by how many lines of the screen repeat them; which of a query's
words the label has never shown; and, the sharpest, which anchors stand *replaced*: the query has
the line they stand in, but with other words in their place. That last is what sets a look-alike
apart (`关于棠海银行` against `关于青柯银行`) from a screen that is scrolled or cropped, where the
line is missing as a whole.
"""

from dataclasses import dataclass
from math import fsum  # exact: words come in the order of a set, another in every process

from vislex.screens.anchors import Profile
from vislex.screens.replaced import Replaced, replacements_of
from vislex.text.units import ScreenText, joined
from vislex.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Evidence:
    """Shares from 0 to 1 of weighted terms, and the words behind them, strongest first."""

    held: float  # anchors that the query shows
    foreign: float  # query terms the label never showed
    new: float  # query terms that no gallery image shows
    replaced: float  # anchors replaced, of those held or replaced
    strongest: float  # the weightiest replaced anchor, over the weightiest anchor
    replacements: tuple[Replaced, ...]
    missing: tuple[str, ...]  # lines of the label that the query lacks
    shown: tuple[str, ...]  # lines of the label that the query has


def weigh(query: ScreenText, label: Profile, vocabulary: Vocabulary) -> Evidence:
    """The evidence of a query's words for and against one label."""
    absent = {term: weight for term, weight in label.anchors.items() if term not in query.terms}
    held = label.anchor_sum - fsum(absent.values())
    replacements = replacements_of(query, label, absent)
    replaced = {term for terms in replacements.values() for term in terms}
    lost = fsum(absent[term] for term in replaced)
    weights = {term: vocabulary.weight(term) for term in query.terms}
    unseen = fsum(weight for term, weight in weights.items() if term not in label.terms)
    present = set(query.line_units)
    return Evidence(
        held=_share(held, label.anchor_sum),
        foreign=_share(unseen, fsum(weights.values())),
        new=_share(sum(t not in vocabulary.labels for t in query.terms), len(query.terms)),
        replaced=_share(lost, held + lost),
        strongest=_share(max((absent[term] for term in replaced), default=0.0), label.anchor_max),
        replacements=tuple(replacements),
        missing=tuple(joined(line) for line in label.stable if line not in present)[:2],
        shown=tuple(joined(line) for line in label.stable if line in present)[:2],
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0

"""From a ranking to the answer's decision: the evidence as numbers, the verdict, and why."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislex.ocr.lines import Page
from vislex.screens.calibration import Decision, confidence_of
from vislex.screens.evidence import Evidence, weigh
from vislex.screens.gallery import Gallery
from vislex.screens.ranking import Ranked
from vislex.screens.reasons import (
    Reason,
    reason_against_image,
    reason_of_words,
    reason_without_words,
)
from vislex.text.units import ScreenText

_LABELS_TRIED = 3  # by fused score, and by text
_AS_GOOD = 0.005  # fused score by which another label counts as no worse
_AS_SURE = 0.1  # logit by which it does
_WHOLE = Page()


@dataclass(frozen=True)
class Verdict:
    """The nearest label, known or other, how sure (0..1, that the query shows it), and why."""

    label: str
    decision: Decision
    confidence: float
    reason: Reason


@dataclass(frozen=True)
class Facts:
    """The evidence on one label, as a judge takes it; `words` is None without text."""

    label: int  # its number in the lexicon
    numbers: NDArray[np.float64]
    words: Evidence | None


def facts_of(
    label: int, ranked: Ranked, query: ScreenText, gallery: Gallery, *, visual: bool = True
) -> Facts:
    """What speaks for and against a label, by number, that is among the candidates.

    Without text on the query, or on any image of the label, only the visual evidence counts.
    `visual=False` leaves that out instead: it is set to what is typical of the gallery.
    """
    lexicon, calibration = gallery.lexicon, gallery.calibration
    own = lexicon.label_of[ranked.rows] == label
    seen = float(calibration.visual(ranked.visual[own]).max())
    margin = float(ranked.fused[own].max() - ranked.fused[~own].max(initial=0.0))
    if not query.terms or not lexicon.profiles[label].terms:
        return Facts(label, np.array([seen, margin]), None)
    if not visual:
        seen = calibration.with_text.typical[0]
    words = weigh(query, lexicon.profiles[label], lexicon.vocabulary)
    read = float(calibration.text(ranked.text[own]).max())
    numbers = [seen, read, margin, words.held, words.foreign, words.new, words.replaced]
    return Facts(label, np.array([*numbers, words.strongest]), words)


def tried(
    ranked: Ranked, query: ScreenText, gallery: Gallery, *, visual: bool = True
) -> list[Facts]:
    """Evidence for the top three labels by fused score (best first), then for those by text.

    Only the best label's where it has no words to weigh: nothing can then speak for another.
    """
    by_text = ranked.rows[np.argsort(-ranked.text, kind="stable")]
    orders = [gallery.lexicon.label_of[rows].tolist() for rows in (ranked.rows, by_text)]
    chosen = [label for order in orders for label in list(dict.fromkeys(order))[:_LABELS_TRIED]]
    first, *others = dict.fromkeys(chosen)
    facts = facts_of(first, ranked, query, gallery, visual=visual)
    if facts.words is None:
        return [facts]
    rest = [facts_of(each, ranked, query, gallery, visual=visual) for each in others]
    return [facts, *(each for each in rest if each.words is not None)]


def decide(
    ranked: Ranked, query: ScreenText, gallery: Gallery, alpha: float, page: Page = _WHOLE
) -> Verdict:
    """Decides whether the query shows one of the nearest labels; `alpha` 0 leaves the image out.

    Of the first few labels in the ranking, the one with the strongest evidence wins: words may
    overrule the order of the scores. Where even it misses its threshold, the query is `other`; and
    where there clearly was text on `page` the image alone never makes a query known.
    """
    found = tried(ranked, query, gallery, visual=alpha > 0)
    sums = [logit_of(facts, gallery) for facts in found]
    best = int(np.argmax([_excess(*one, gallery) for one in zip(found, sums, strict=True)]))
    facts, label = found[best], gallery.labels[found[best].label]
    known = _excess(facts, sums[best], gallery) >= 0
    if facts.words is None:
        words = bool(gallery.lexicon.profiles[facts.label].terms)
        against = reason_against_image(label, query, page, words) if known else None
        if against is not None:
            limit = gallery.calibration.without_text.threshold
            return Verdict(label, "other", confidence_of(min(sums[best], limit)), against)
        reason = reason_without_words(label, known, bool(query.terms), float(facts.numbers[0]))
        rival = _rival_seen(ranked, facts.label, gallery)
    else:
        judge = gallery.calibration.with_text
        reason = reason_of_words(label, known, facts.words, judge, facts.numbers)
        others = [i for i, each in enumerate(sums) if i != best and sums[best] - each < _AS_SURE]
        rival = gallery.labels[found[others[0]].label] if others else None
    if known and rival is not None:
        ambiguous = f"{reason.text}; fits {rival} as well, nothing here tells them apart"
        reason = Reason("ambiguous", ambiguous)
    return Verdict(label, "known" if known else "other", confidence_of(sums[best]), reason)


def undecided(ranked: Ranked, gallery: Gallery) -> Verdict:
    """The plain nearest label, never `other`; its fused score stands for the confidence."""
    reason = Reason("undecided", "nearest label; deciding is off")
    return Verdict(gallery.items.labels[ranked.rows[0]], "known", float(ranked.fused[0]), reason)


def logit_of(facts: Facts, gallery: Gallery) -> float:
    """The judge's sum, less what queries of this label usually have beyond those of others."""
    calibration = gallery.calibration
    if facts.words is None:
        return calibration.without_text.logit(facts.numbers)
    # Shifts were learned from sums with words; those without are no measure of them.
    shift = calibration.shifts.get(gallery.labels[facts.label], 0.0)
    return calibration.with_text.logit(facts.numbers) - shift


def _excess(facts: Facts, logit: float, gallery: Gallery) -> float:
    return logit - gallery.calibration.judge(facts.words is not None).threshold


def _rival_seen(ranked: Ranked, label: int, gallery: Gallery) -> str | None:
    """Another label that scores as well as the best, to within what a score can tell."""
    labels = gallery.lexicon.label_of[ranked.rows]
    own, rest = np.flatnonzero(labels == label), np.flatnonzero(labels != label)
    if not len(rest) or abs(ranked.fused[own[0]] - ranked.fused[rest[0]]) > _AS_GOOD:
        return None
    return gallery.labels[int(labels[rest[0]])]

"""From a ranking to a decision: the evidence as numbers, the verdict, and the reason."""

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
_AS_GOOD = 0.005  # labels whose fused scores are this close fit equally well
_AS_SURE = 0.1  # and labels whose logits are this close
_WHOLE = Page()


@dataclass(frozen=True)
class Verdict:
    """The nearest label, known or other, the confidence that the query shows it (0..1), and why."""

    label: str
    decision: Decision
    confidence: float
    reason: Reason


@dataclass(frozen=True)
class LabelEvidence:
    """The evidence for one label; `word_evidence` is None without text."""

    label: int  # its number in the lexicon
    numbers: NDArray[np.float64]  # in the order of the weights of the linear model
    word_evidence: Evidence | None


def evidence_for(
    label: int, ranked: Ranked, query: ScreenText, gallery: Gallery, *, visual: bool = True
) -> LabelEvidence:
    """The evidence for and against a label (given by its number) that is among the candidates.

    Without text on the query or on the label's images, only the visual evidence counts.
    `visual=False` leaves the visual evidence out: it is set to its typical value in the gallery.
    """
    lexicon, calibration = gallery.lexicon, gallery.calibration
    own = lexicon.label_of[ranked.rows] == label
    seen = float(calibration.visual(ranked.visual[own]).max())
    margin = float(ranked.fused[own].max() - ranked.fused[~own].max(initial=0.0))
    if not query.terms or not lexicon.profiles[label].terms:
        return LabelEvidence(label, np.array([seen, margin]), None)
    if not visual:
        seen = calibration.with_text.typical[0]
    of_words = weigh(query, lexicon.profiles[label], lexicon.vocabulary)
    read = float(calibration.text(ranked.text[own]).max())
    numbers = [seen, read, margin, of_words.held, of_words.foreign, of_words.new]
    numbers += [of_words.replaced, of_words.strongest]
    return LabelEvidence(label, np.array(numbers), of_words)


def evidence_for_top_labels(
    ranked: Ranked, query: ScreenText, gallery: Gallery, *, visual: bool = True
) -> list[LabelEvidence]:
    """Evidence for the top three labels by fused score (best first), then for those by text.

    When the best label has no words to weigh, only its own: then no other label can win.
    """
    by_text = ranked.rows[np.argsort(-ranked.text, kind="stable")]
    orders = [gallery.lexicon.label_of[rows].tolist() for rows in (ranked.rows, by_text)]
    chosen = [label for order in orders for label in list(dict.fromkeys(order))[:_LABELS_TRIED]]
    first, *others = dict.fromkeys(chosen)
    evidence = evidence_for(first, ranked, query, gallery, visual=visual)
    if evidence.word_evidence is None:
        return [evidence]
    rest = [evidence_for(each, ranked, query, gallery, visual=visual) for each in others]
    return [evidence, *(each for each in rest if each.word_evidence is not None)]


def decide(
    ranked: Ranked, query: ScreenText, gallery: Gallery, alpha: float, page: Page = _WHOLE
) -> Verdict:
    """Decides whether the query shows one of the nearest labels; `alpha` 0 leaves the image out.

    Of the first few labels in the ranking, the one with the strongest evidence wins: words may
    overrule the order of the scores. When even that label misses its threshold, the query is
    `other`; and when there clearly was text on `page`, the image alone never makes a query known.
    """
    labels = evidence_for_top_labels(ranked, query, gallery, visual=alpha > 0)
    logits = [logit_of(evidence, gallery) for evidence in labels]
    excess = [_excess(*pair, gallery) for pair in zip(labels, logits, strict=True)]
    best = int(np.argmax(excess))
    evidence, label = labels[best], gallery.labels[labels[best].label]
    known = excess[best] >= 0
    if evidence.word_evidence is None:
        words = bool(gallery.lexicon.profiles[evidence.label].terms)
        against = reason_against_image(label, query, page, words) if known else None
        if against is not None:
            limit = gallery.calibration.without_text.threshold
            return Verdict(label, "other", confidence_of(min(logits[best], limit)), against)
        visual = float(evidence.numbers[0])
        reason = reason_without_words(label, known, query, page, visual)
        rival = _rival_seen(ranked, evidence.label, gallery)
    else:
        model = gallery.calibration.with_text
        reason = reason_of_words(label, known, evidence.word_evidence, model, evidence.numbers)
        others = [
            i for i, each in enumerate(logits) if i != best and logits[best] - each < _AS_SURE
        ]
        rival = gallery.labels[labels[others[0]].label] if others else None
    if known and rival is not None:
        ambiguous = f"{reason.text}; fits {rival} as well, nothing here tells them apart"
        reason = Reason("ambiguous", ambiguous)
    return Verdict(label, "known" if known else "other", confidence_of(logits[best]), reason)


def undecided(ranked: Ranked, gallery: Gallery) -> Verdict:
    """The plain nearest label, never `other`; its fused score stands for the confidence."""
    reason = Reason("undecided", "nearest label; deciding is off")
    return Verdict(gallery.items.labels[ranked.rows[0]], "known", float(ranked.fused[0]), reason)


def logit_of(evidence: LabelEvidence, gallery: Gallery) -> float:
    """The weighted sum of the evidence, minus the shift of the label's own threshold."""
    calibration = gallery.calibration
    if evidence.word_evidence is None:
        return calibration.without_text.logit(evidence.numbers)
    # Shifts were learned from evidence with words, so they do not apply to evidence without.
    shift = calibration.shifts.get(gallery.labels[evidence.label], 0.0)
    return calibration.with_text.logit(evidence.numbers) - shift


def _excess(evidence: LabelEvidence, logit: float, gallery: Gallery) -> float:
    return logit - gallery.calibration.linear_model(evidence.word_evidence is not None).threshold


def _rival_seen(ranked: Ranked, label: int, gallery: Gallery) -> str | None:
    """Another label that scores as well as the best, within the precision of a score."""
    labels = gallery.lexicon.label_of[ranked.rows]
    own, rest = np.flatnonzero(labels == label), np.flatnonzero(labels != label)
    if not len(rest) or abs(ranked.fused[own[0]] - ranked.fused[rest[0]]) > _AS_GOOD:
        return None
    return gallery.labels[int(labels[rest[0]])]

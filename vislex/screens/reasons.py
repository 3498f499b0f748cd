"""Why a query is known or `other`: one word to count by, and a few for a person."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vislex.ocr.lines import Page
from vislex.screens.calibration import WITH_TEXT, LinearModel
from vislex.screens.evidence import Evidence
from vislex.text.status_bar import without_status_bar
from vislex.text.units import ScreenText, joined

Cause = Literal[
    "words",  # the query shows lines that only this label has
    "evidence",  # everything together fits, no line in particular
    "ambiguous",  # known, but another label fits as well
    "image",  # without words to weigh: by the image alone, known or not
    "replaced",  # other words stand where the label's own should
    "visual",  # looks unlike the label's images
    "margin",  # hardly nearer than the next label
    "foreign",  # words that the label never shows
    "new",  # words that no gallery image shows
    "missing",  # words of the label are not there
    "few_words",  # too few of them are
    "unread",  # text that could not be read, and nothing but the image to go by
    "undecided",  # deciding was off
]

_CLEARLY = 3  # lines that no icon or picture is taken for

_SPOKEN: dict[str, tuple[Cause, str]] = {
    "visual": ("visual", "looks unlike the images of {label}"),
    "margin": ("margin", "stands hardly nearer to {label} than to the next label"),
    "foreign": ("foreign", "words that {label} never shows"),
    "new": ("new", "words that no gallery image shows"),
}


@dataclass(frozen=True)
class Reason:
    """What decided, from a closed list, and the same in words."""

    cause: Cause
    text: str


def reason_of_words(
    label: str, known: bool, evidence: Evidence, model: LinearModel, numbers: NDArray[np.float64]
) -> Reason:
    """The lines a known query shares with the label; of `other`, what speaks most against it."""
    if known and evidence.shown:
        return Reason("words", f"words of {label}: {', '.join(evidence.shown)}")
    if known:
        return Reason("evidence", f"fits {label}")
    if evidence.replacements:
        replaced = evidence.replacements[:2]
        missing = ", ".join(joined(part.anchor) for part in replaced)
        foreign = ", ".join(joined(part.foreign) for part in replaced)
        return Reason("replaced", f"anchor words of {label} missing: {missing}; foreign: {foreign}")
    missing = ", ".join(evidence.missing)
    missing = f"anchor words of {label} missing: {missing}" if missing else ""
    against = WITH_TEXT[model.against(numbers)]
    if against in _SPOKEN:
        cause, spoken = _SPOKEN[against]
        return Reason(cause, "; ".join(filter(None, (spoken.format(label=label), missing))))
    if missing:
        return Reason("missing", missing)
    return Reason("few_words", f"too few words of {label}")


def reason_against_image(label: str, query: ScreenText, page: Page, words: bool) -> Reason | None:
    """Why the image alone must not decide that a query shows `label`: there clearly was text.

    `words` says whether the label's images show any. None where the image may decide.
    """
    if page.reading == "off":
        return None
    if page.partial:
        return Reason("unread", f"text that could not be read; the image alone looks like {label}")
    if len(query.line_units) >= _CLEARLY:
        return Reason("foreign", f"words where {label} shows none")
    shown = len(without_status_bar(page.lines))
    if not query.terms and words and shown >= _CLEARLY:
        return Reason("missing", f"no words of {label} in the {shown} lines read")
    return None


def reason_without_words(
    label: str, known: bool, query: ScreenText, page: Page, visual: float
) -> Reason:
    """Says that the image alone decided, and whether the query or the label lacks text."""
    if query.terms:
        why = f"{label} shows no text"
    elif page.lines:  # turned by 90 degrees, say, or nothing but a status bar
        why = "text was read, but none of it could be used"
    else:
        why = "no text was read"
    verdict = f"looks like {label}" if known else f"looks too unlike {label}"
    return Reason("image", f"{why}, decided by the image alone: {verdict} ({visual:.2f})")

"""Why a query is known or `other`, in a few words for a person."""

import numpy as np
from numpy.typing import NDArray

from vislex.evidence import Evidence
from vislex.openset import WITH_TEXT, Judge
from vislex.words import joined

_SPOKEN = {
    "visual": "looks unlike the images of {label}",
    "margin": "stands hardly nearer to {label} than to the next label",
    "foreign": "words that {label} never shows",
    "new": "words that no gallery image shows",
}


def reason_of_words(
    label: str, known: bool, words: Evidence, judge: Judge, numbers: NDArray[np.float64]
) -> str:
    """The lines a known query shares with the label; of `other`, what speaks most against it."""
    if known:
        return f"words of {label}: {', '.join(words.shown)}" if words.shown else f"fits {label}"
    if words.replacements:
        found = words.replacements[:2]
        missing = ", ".join(joined(part.anchor) for part in found)
        foreign = ", ".join(joined(part.foreign) for part in found)
        return f"anchor words of {label} missing: {missing}; foreign: {foreign}"
    spoken = _SPOKEN.get(WITH_TEXT[judge.against(numbers)], "").format(label=label)
    missing = ", ".join(words.missing)
    missing = f"anchor words of {label} missing: {missing}" if missing else ""
    return "; ".join(part for part in (spoken, missing) if part) or f"too few words of {label}"


def reason_without_words(label: str, known: bool, read: bool, visual: float) -> str:
    """Says that the image alone decided, and whether the query or the label lacks text."""
    why = f"{label} shows no text" if read else "no text was read"
    verdict = f"looks like {label}" if known else f"looks too unlike {label}"
    return f"{why}, decided by the image alone: {verdict} ({visual:.2f})"

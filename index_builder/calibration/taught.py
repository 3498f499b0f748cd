"""What an operator taught and set in a gallery besides its images, as text."""

from index_builder.ingest.learned import learned_rows
from index_builder.say import counted
from vislex.gallery.items import Items
from vislex.screens.calibration import FALSE_REJECT_RATE, Calibration
from vislex.screens.gallery import Gallery


def taught(gallery: Gallery) -> str:
    """As `taught_words`, of a gallery."""
    return taught_words(gallery.items, len(gallery.others), gallery.calibration)


def taught_words(items: Items, others: int, calibration: Calibration) -> str:
    """Such as `6 known others, 1 learned image`; '' if nothing was taught or set."""
    words = []
    if others:
        words.append(counted(others, "known other", "known others"))
    if learned := len(learned_rows(items)):
        words.append(counted(learned, "learned image", "learned images"))
    if calibration.false_reject_rate != FALSE_REJECT_RATE:
        words.append(f"false-reject rate {calibration.false_reject_rate:g}")
    if calibration.least_confidence is not None:
        words.append(f"known from confidence {calibration.least_confidence:g}")
    return ", ".join(words)

"""What an operator taught and set in a gallery besides its images, as text."""

from vislex.screens.calibration import FALSE_REJECT_RATE, Calibration
from vislex.screens.gallery import Gallery


def taught(gallery: Gallery) -> str:
    """As `taught_words`, of a gallery."""
    return taught_words(len(gallery.others), gallery.calibration)


def taught_words(others: int, calibration: Calibration) -> str:
    """Such as `6 known others, known from confidence 0.99`; '' if nothing was changed."""
    words = []
    if others:
        words.append(f"{others} known others")
    if calibration.false_reject_rate != FALSE_REJECT_RATE:
        words.append(f"false-reject rate {calibration.false_reject_rate:g}")
    if calibration.least_confidence is not None:
        words.append(f"known from confidence {calibration.least_confidence:g}")
    return ", ".join(words)

"""The OCR stage in this process beside RapidOCR, on the same decoded images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadtest.figures import Ratio, character_errors
from loadtest.ocr_readers import rapidocr_at_our_settings
from loadtest.paired import in_turn
from loadtest.workload import Workload, say
from vislex.ocr import read_text
from vislex.ocr.canvas import make_canvas


@dataclass(frozen=True)
class Reading:
    """The OCR stage in this process against RapidOCR, on the same decoded images."""

    speed: Ratio  # over RapidOCR as it comes
    character_error_rate: float  # of RapidOCR's text at our settings, as docs/ocr.md says


def measure_reading(load: Workload, pairs: int, cores: int) -> Reading:
    """Reads every image both ways: speed in turn, and how far the texts are apart."""
    say("the OCR stage beside RapidOCR")
    ours: list[str] = []

    def read_ours() -> None:
        ours[:] = [_read(image, load) for image in load.decoded]

    def read_theirs() -> None:
        for image in load.decoded:
            load.libraries.read(image)

    speed = in_turn(read_ours, read_theirs, pairs)
    theirs = list(map(rapidocr_at_our_settings(cores), load.decoded))
    errors = sum(map(character_errors, theirs, ours))
    return Reading(speed, errors / max(1, sum(map(len, theirs))))


def _read(image: NDArray[np.uint8], load: Workload) -> str:
    (lines,) = read_text([make_canvas(image)], load.models.infer, load.models.characters)
    return "\n".join(line.text for line in lines)

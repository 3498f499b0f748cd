"""Reads the text of screens: canvas, detect, crop, recognise, lines.

`read_text` is the same inside Triton, offline and in tests; only the `Infer` differs.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from vislex.contract.images import CANVAS, OCR_DET, TEXT_MAP
from vislex.errors import ModelFailed
from vislex.infer import Infer, infer_all
from vislex.ocr.canvas import Canvas, detector_pixels
from vislex.ocr.crop import cut_crops
from vislex.ocr.detect import Quads, quads_from_map
from vislex.ocr.lines import Line, reading_order
from vislex.ocr.recognize import Reading, read_crops
from vislex.timing import stage

MAX_BATCH_CANVASES = 8  # the max_batch_size of ocr_det: on a GPU a server puts calls together
MAX_LINES = 200  # per image; of more, the first in reading order are read
MIN_LINE_SCORE = 0.5  # RapidOCR's threshold: below it a line is noise

__all__ = ["Canvas", "Line", "read_text"]


def read_text(
    canvases: Sequence[Canvas], infer: Infer, characters: Sequence[str]
) -> list[tuple[Line, ...]]:
    """The lines of text on each canvas, in reading order, in px of the original image.

    `characters` are those of the recogniser's classes 1, 2, ... No text is an empty tuple. Raises
    ModelFailed when a model fails or answers something unusable.
    """
    found = _detect(canvases, infer)
    crops = [cut_crops(c.pixels, q.quads) for c, q in zip(canvases, found, strict=True)]
    readings = iter(read_crops(list(chain.from_iterable(crops)), infer, characters))
    return [
        tuple(_lines(canvas, quads, islice(readings, len(quads))))
        for canvas, quads in zip(canvases, found, strict=True)
    ]


@stage("detect")
def _detect(canvases: Sequence[Canvas], infer: Infer) -> list[Quads]:
    """Quads of each canvas, in reading order.

    A call is one canvas: on a CPU eight together take 1.1 to 1.3 times as long, and more memory.
    """
    batches = [{CANVAS.name: detector_pixels(canvas)[None]} for canvas in canvases]
    found = []
    for canvas, batch, answer in zip(
        canvases, batches, infer_all(infer, OCR_DET, batches), strict=True
    ):
        maps, expected = answer[TEXT_MAP.name], batch[CANVAS.name].shape[:3]
        if maps.shape != expected:
            raise ModelFailed(f"{OCR_DET.name} answered {maps.shape}; expected {expected}")
        found.append(_quads_in_order(maps[0], canvas))
    return found


def _quads_in_order(text_map: NDArray[np.float32], canvas: Canvas) -> Quads:
    quads = quads_from_map(text_map, canvas.pixels.shape[:2])
    return quads[reading_order(quads.quads)[:MAX_LINES]]


def _lines(canvas: Canvas, quads: Quads, readings: Iterator[Reading]) -> Iterator[Line]:
    corners = (quads.quads * canvas.scale).tolist()
    for (text, score), (a, b, c, d) in zip(readings, corners, strict=True):
        if score >= MIN_LINE_SCORE:
            yield Line(text, score, (tuple(a), tuple(b), tuple(c), tuple(d)))

"""Reads the text of screens: canvas, detect, crop, recognise, lines.

`read_pages` is the same inside Triton, offline and in tests; only the `Infer` differs.
"""

from collections.abc import Sequence
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from vislex.infer import Infer
from vislex.ocr.canvas import MAX_SIDE_PX, Canvas, detector_pixels
from vislex.ocr.crop import cut_crops
from vislex.ocr.detect import Quads, quads_from_map
from vislex.ocr.large import View, box_heights, detect, is_large_canvas, look
from vislex.ocr.lines import Line, Page
from vislex.ocr.recognize import Reading, read_crops
from vislex.ocr.rows import reading_order
from vislex.timing import stage

MAX_BATCH_CANVASES = 8  # the max_batch_size of ocr_det: on a GPU a server puts calls together
MAX_LINES = 200  # per image; of more, the first in reading order are read
MAX_LARGE_LINES = 1000  # per large one
_ORDERED = 2  # times as many boxes, the uppermost, are put in order at most
MIN_LINE_SCORE = 0.5  # RapidOCR's threshold: below it a line is noise

# Text so small that the detector makes its boxes larger than it is: of what is read there a quarter
# of the characters is wrong, so only what is sure counts. Screens have medians of 17 to 30.
_TOO_SMALL_PX = 15.5
_SURE_SCORE = 0.85
_UNREAD = 0.5  # of the boxes, from four on, that give no line: writing of another kind
_LEAST_BOXES = 4

__all__ = ["Canvas", "Line", "Page", "read_pages", "read_text"]


def read_text(
    canvases: Sequence[Canvas], infer: Infer, characters: Sequence[str]
) -> list[tuple[Line, ...]]:
    """The lines of `read_pages`."""
    return [page.lines for page in read_pages(canvases, infer, characters)]


def read_pages(canvases: Sequence[Canvas], infer: Infer, characters: Sequence[str]) -> list[Page]:
    """The lines of text on each canvas, in reading order, in px of the original image.

    `characters` are those of the recogniser's classes 1, 2, ... No text is a page without lines; a
    page is partial where there is text that could not be read. Raises ModelFailed when a model
    fails or answers something unusable.
    """
    views = _views(canvases, infer)
    kept = [_in_order(view) for view in views]
    crops = [cut_crops(v.pixels, q.quads) for v, q in zip(views, kept, strict=True)]
    readings = iter(read_crops(list(chain.from_iterable(crops)), infer, characters))
    return [
        _page(view, quads, list(islice(readings, len(quads))))
        for view, quads in zip(views, kept, strict=True)
    ]


@stage("detect")
def _views(canvases: Sequence[Canvas], infer: Infer) -> list[View]:
    """Each canvas with its boxes; the common ones are asked for side by side."""
    common = [canvas for canvas in canvases if not is_large_canvas(canvas)]
    maps = detect([detector_pixels(canvas) for canvas in common], infer)
    return [look(c, infer) if is_large_canvas(c) else _view(c, next(maps)) for c in canvases]


def _view(canvas: Canvas, text_map: NDArray[np.float32]) -> View:
    quads = quads_from_map(text_map, canvas.pixels.shape[:2])
    return View(canvas.pixels, quads, canvas.scale, np.zeros(2, np.float32))


def _in_order(view: View) -> Quads:
    """The boxes that are read, in reading order."""
    most = MAX_LARGE_LINES if max(view.pixels.shape[:2]) > MAX_SIDE_PX else MAX_LINES
    quads = view.quads
    if len(quads) > _ORDERED * most:  # ordering takes the square of their number
        quads = quads[np.argsort(quads.quads[:, 0, 1], kind="stable")[: _ORDERED * most]]
    return quads[reading_order(quads.quads)[:most]]


def _page(view: View, quads: Quads, readings: Sequence[Reading]) -> Page:
    heights = box_heights(quads.quads)
    small = len(quads) > 0 and float(np.median(heights)) < _TOO_SMALL_PX
    least = _SURE_SCORE if small else MIN_LINE_SCORE
    corners = (quads.quads * view.scale + view.origin).tolist()
    lines = tuple(
        Line(text, score, (tuple(a), tuple(b), tuple(c), tuple(d)))
        for (text, score), (a, b, c, d) in zip(readings, corners, strict=True)
        if score >= least
    )
    unread = len(quads) >= _LEAST_BOXES and len(lines) <= _UNREAD * len(quads)
    cut_off = len(quads) < len(view.quads)
    return Page(lines, small or unread or cut_off or not view.enough)

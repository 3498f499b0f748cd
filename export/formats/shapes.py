"""The shapes that TensorRT engines are tuned for: those the pipeline sends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vislex.contract.images import CANVAS, CROPS, OCR_DET, OCR_REC, SIGLIP2
from vislex.ocr import MAX_BATCH_CANVASES
from vislex.ocr.canvas import CANVAS_STEP_PX, COMMON_CANVASES_PX, MAX_SIDE_PX
from vislex.ocr.recognize import (
    COMMON_WIDTHS_PX,
    MAX_BATCH_CROPS,
    TRAINED_WIDTH_PX,
    WIDTHS_PX,
    call_size,
)

Sizes = Mapping[str, int]  # a free axis of a graph, by its name in the ONNX -> its size

_CANVAS_AXES = (f"{CANVAS.name}_0", f"{CANVAS.name}_1")  # as export/ocr/ppocr.py names them
_WIDTH_AXIS = f"{CROPS.name}_1"


@dataclass(frozen=True)
class Profile:
    """Sizes a TensorRT engine is tuned for: least, usual and most, of one batch."""

    least: Sizes
    usual: Sizes
    most: Sizes


def _encoder() -> list[Profile]:
    """One over batches and patches."""
    return [Profile(*({"batch": b, "patches": p} for b, p in ((1, 64), (8, 256), (32, 1024))))]


def _detector() -> list[Profile]:
    """One over all canvases, which come in many shapes."""
    least, most = (CANVAS_STEP_PX, CANVAS_STEP_PX), (MAX_SIDE_PX, MAX_SIDE_PX)
    sizes = ((1, least), (1, COMMON_CANVASES_PX[0]), (MAX_BATCH_CANVASES, most))
    return [Profile(*({"batch": b, **dict(zip(_CANVAS_AXES, s, strict=True))} for b, s in sizes))]


def _recogniser() -> list[Profile]:
    """One for each common width of crops, as kernels are chosen by it, and one over all widths."""
    widths = [(width,) * 3 for width in COMMON_WIDTHS_PX]
    every = (WIDTHS_PX[0], TRAINED_WIDTH_PX, WIDTHS_PX[-1])
    return [
        Profile(
            {"batch": 1, _WIDTH_AXIS: least},
            {"batch": call_size(usual), _WIDTH_AXIS: usual},
            {"batch": MAX_BATCH_CROPS, _WIDTH_AXIS: most},
        )
        for least, usual, most in (*widths, every)
    ]


# Every model that is exported -> the profiles of its engine; a server takes the nearest to a batch.
PROFILES: Mapping[str, Callable[[], list[Profile]]] = {
    SIGLIP2.name: _encoder,
    OCR_DET.name: _detector,
    OCR_REC.name: _recogniser,
}

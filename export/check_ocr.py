"""Exported OCR models against the ones they were made from: the text both read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from export.ocr import source_paths
from vislex.contract import (
    CANVAS,
    CHARACTER,
    CHARACTER_SCORE,
    CROP_WIDTH,
    CROPS,
    OCR_DET,
    TEXT_MAP,
    ModelSpec,
    Tensors,
)  # fmt: skip
from vislex.infer import Infer
from vislex.infer.onnx import OnnxInfer, open_session, run_session
from vislex.ocr import read_text
from vislex.ocr.canvas import make_canvas
from vislex.ocr.characters import read_characters


@dataclass(frozen=True)
class OcrCheck:
    """What two readings of the same images differ in."""

    characters: int  # that the source reads
    edits: int  # insertions, deletions and substitutions between the two
    ms_per_image: float  # of the exported models, all stages

    @property
    def error_rate(self) -> float:
        """CER: edits per character of the source's text."""
        return self.edits / max(1, self.characters)


def check_ocr(repository: Path, images: Sequence[NDArray[np.uint8]]) -> OcrCheck:
    """Reads every image with `ocr_det` and `ocr_rec` of `repository`, and with their sources."""
    characters = read_characters(repository)
    exported, source = OnnxInfer(repository), source_infer()
    count = edits = 0
    taken_s = 0.0
    for image in images:
        started = perf_counter()
        found = _text(image, exported, characters)
        taken_s += perf_counter() - started
        expected = _text(image, source, characters)
        count += len(expected)
        edits += Levenshtein.distance(expected, found)
    return OcrCheck(count, edits, 1000 * taken_s / max(1, len(images)))


def source_infer() -> Infer:
    """The wheel's own models behind the port, with the steps around them done outside, in numpy."""
    sessions = {name: open_session(path, {}) for name, path in source_paths().items()}

    def infer(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        session = sessions[model.name]
        output = session.get_outputs()[0].name
        if model == OCR_DET:
            maps = run_session(session, [output], {"x": _planes(inputs[CANVAS.name])})[output]
            return {TEXT_MAP.name: maps[:, 0]}
        planes = _planes(inputs[CROPS.name])
        for row, (width_px,) in zip(planes, inputs[CROP_WIDTH.name], strict=True):
            row[:, :, width_px:] = 0
        scores = run_session(session, [output], {"x": planes})[output]
        best = scores.argmax(axis=2).astype(np.int32)
        return {CHARACTER.name: best, CHARACTER_SCORE.name: scores.max(axis=2)}

    return infer


def _planes(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, h, w, 3) RGB -> (n, 3, h, w) BGR in -1..1."""
    scaled = pixels[..., ::-1].astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def _text(image: NDArray[np.uint8], infer: Infer, characters: Sequence[str]) -> str:
    (lines,) = read_text([make_canvas(image)], infer, characters)
    return "\n".join(line.text for line in lines)

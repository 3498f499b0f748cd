"""Exported OCR models against the ones they were made from: the text both read."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from export.ocr.graph import ANGLE_WIDTH_PX, MIN_TURN_SCORE
from export.ocr.ppocr import source_models
from vislex.contract.images import (
    CANVAS,
    CHARACTER,
    CHARACTER_SCORE,
    CROP_WIDTH,
    CROPS,
    OCR_DET,
    TEXT_MAP,
)
from vislex.contract.spec import ModelSpec, Tensors
from vislex.infer import Infer
from vislex.infer.onnx import open_session, run_session
from vislex.infer.repository import open_infer
from vislex.ocr import read_text
from vislex.ocr.canvas import make_canvas
from vislex.ocr.characters import read_characters

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # planes -> the model's only output


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
    exported, source = open_infer(repository), source_infer(repository)
    count = edits = 0
    taken_s = 0.0
    for image in images:
        started = perf_counter()
        text = _text(image, exported, characters)
        taken_s += perf_counter() - started
        expected = _text(image, source, characters)
        count += len(expected)
        edits += Levenshtein.distance(expected, text)
    return OcrCheck(count, edits, 1000 * taken_s / max(1, len(images)))


def source_infer(repository: Path) -> Infer:
    """The wheel's own models behind the port, with the steps around them done outside, in numpy."""
    sessions: dict[str, Run] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, content in source_models(repository).items():
            path = Path(scratch) / name
            path.write_bytes(content)
            sessions[name] = _runner(path)

    def infer(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        if model == OCR_DET:
            return {TEXT_MAP.name: sessions[model.name](_planes(inputs[CANVAS.name]))[:, 0]}
        widths = inputs[CROP_WIDTH.name][:, 0].tolist()
        crops = [crop[:, :width] for crop, width in zip(inputs[CROPS.name], widths, strict=True)]
        if "angle" in sessions:
            crops = [_upright(crop, sessions["angle"]) for crop in crops]
        planes = np.zeros((len(crops), 3, *inputs[CROPS.name].shape[1:3]), np.float32)
        for row, crop in zip(planes, crops, strict=True):
            row[:, :, : crop.shape[1]] = _planes(crop[None])[0]
        scores = sessions[model.name](planes)
        best = scores.argmax(axis=2).astype(np.int32)
        return {CHARACTER.name: best, CHARACTER_SCORE.name: scores.max(axis=2)}

    return infer


def _runner(path: Path) -> Run:
    session = open_session(path, {})
    output = session.get_outputs()[0].name
    return lambda planes: run_session(session, [output], {"x": planes})[output]


def _upright(crop: NDArray[np.uint8], angle: Run) -> NDArray[np.uint8]:
    """The crop, turned if it is upside down."""
    height, width = crop.shape[:2]
    line = cv2.resize(crop, (min(width, ANGLE_WIDTH_PX), height))
    planes = np.zeros((1, 3, height, ANGLE_WIDTH_PX), np.float32)
    planes[:, :, :, : line.shape[1]] = _planes(np.asarray(line, np.uint8)[None])
    turned = angle(planes)[0, 1] > MIN_TURN_SCORE
    return np.asarray(crop[::-1, ::-1] if turned else crop, np.uint8)


def _planes(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, h, w, 3) RGB -> (n, 3, h, w) BGR in -1..1."""
    scaled = pixels[..., ::-1].astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def _text(image: NDArray[np.uint8], infer: Infer, characters: Sequence[str]) -> str:
    (lines,) = read_text([make_canvas(image)], infer, characters)
    return "\n".join(line.text for line in lines)

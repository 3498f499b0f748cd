"""Readers of text to compare: RapidOCR, as it comes and at our settings, and `read_text`."""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from export.ocr.ppocr import export_ocr
from export.ocr.wheels import WHEELS, OcrVersion
from vislex.contract.images import OCR_REC
from vislex.contract.spec import ModelSpec
from vislex.infer import Infer, Run
from vislex.infer.openvino import open_model
from vislex.infer.parameters import OPENVINO_BF16, OPENVINO_THREADS
from vislex.infer.repository import open_infer, opened_once
from vislex.ocr import read_text
from vislex.ocr.canvas import MAX_SIDE_PX, make_canvas
from vislex.ocr.characters import read_characters
from vislex.timing import listening

Image = NDArray[np.uint8]  # (h, w, 3) RGB
Read = Callable[[Image], str]  # the lines of text, joined by line ends
Engine = Literal["onnxruntime", "openvino f32", "openvino bf16"]
ENGINES: tuple[Engine, ...] = ("onnxruntime", "openvino f32", "openvino bf16")

# RapidOCR as we set it: one canvas for detector and crops, no angle model.
_SHARED = {"max_side_len": MAX_SIDE_PX, "use_cls": False}


class VislexReader:
    """`read_text` over one engine; `split` says where the time went, in seconds, and adds up."""

    def __init__(self, repository: Path, engine: Engine, threads: int) -> None:
        self._characters = read_characters(repository)
        self._infer: Infer = open_infer(repository, threads)
        if engine != "onnxruntime":
            self._infer = _open_openvino(repository, threads, engine.partition(" ")[2])
        self.split: dict[str, float] = {}

    def __call__(self, image: Image) -> str:
        started, before = perf_counter(), sum(self.split.values())
        with listening(self._took):
            (lines,) = read_text([make_canvas(image)], self._infer, self._characters)
        of_stages = sum(self.split.values()) - before
        self._took("the rest", perf_counter() - started - of_stages)
        return "\n".join(line.text for line in lines)

    def _took(self, stage: str, seconds: float) -> None:
        self.split[stage] = self.split.get(stage, 0.0) + seconds


def _open_openvino(repository: Path, threads: int, precision: str) -> Infer:
    """The ONNX files of a repository, run by OpenVINO as `open_infer` would."""
    bf16 = {OPENVINO_BF16: "YES"} if precision == "bf16" else {}

    def open_one(model: ModelSpec) -> Run:
        of_one, calls = (1, threads) if model is OCR_REC else (threads, 1)
        path = repository / model.name / "1" / "model.onnx"
        return open_model(path, {OPENVINO_THREADS: str(of_one), **bf16}, calls)

    return opened_once(open_one)


def readers(
    work: Path, versions: Sequence[OcrVersion], engines: Sequence[Engine], threads: int
) -> Mapping[str, Read]:
    """Name -> reader, the first being RapidOCR as it comes; models are written below `work`.

    Of v6, RapidOCR itself is among them where its package is installed.
    """
    found: dict[str, Read] = {
        "RapidOCR v4 as it comes": _rapidocr_v4(threads),
        "RapidOCR v4 our settings": rapidocr_at_our_settings(threads),
    }
    if "v6" in versions and _installed("v6"):
        found["RapidOCR v6 our settings"] = _rapidocr_v6(threads)
    for one in versions:
        for engine in engines:
            out = work / one / engine.partition(" ")[0]
            # OpenVINO is faster over the wheel's own graphs, as `export repository` knows.
            export_ocr(out, one, folded=engine == "onnxruntime")
            found[f"vislex {one} {engine}"] = VislexReader(out, engine, threads)
    return found


def rapidocr_at_our_settings(threads: int) -> Read:
    """RapidOCR with PP-OCRv4 on the pixels that `read_text` sees: what our text is held to."""
    return _rapidocr_v4(threads, **_SHARED, det_limit_type="min", det_limit_side_len=32)


def _rapidocr_v4(threads: int, **settings: object) -> Read:
    from rapidocr_onnxruntime import RapidOCR

    reader = RapidOCR(intra_op_num_threads=threads, **settings)

    def read(image: Image) -> str:
        rows, _ = reader(np.ascontiguousarray(image[..., ::-1]))
        return "\n".join(row[1] for row in rows or [])

    return read


def _rapidocr_v6(threads: int) -> Read:
    from rapidocr import RapidOCR
    from rapidocr.utils.output import RapidOCROutput

    settings = {f"Global.{name}": value for name, value in _SHARED.items()}
    detector = {"Det.limit_type": "min", "Det.limit_side_len": 32}
    engine = {"EngineConfig.onnxruntime.intra_op_num_threads": threads}
    reader = RapidOCR(params={**settings, **detector, **engine, "Global.log_level": "error"})

    def read(image: Image) -> str:
        found = reader(np.ascontiguousarray(image[..., ::-1]))
        # what it answers has another type where it finds no text
        return "\n".join(found.txts or ()) if isinstance(found, RapidOCROutput) else ""

    return read


def _installed(wanted: OcrVersion) -> bool:
    try:
        return version(WHEELS[wanted].package) == WHEELS[wanted].release
    except PackageNotFoundError:
        return False

"""Formats and precisions of an export, and one function that writes it."""

import copy
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.encoders.checkpoint import TowerName
from export.encoders.optimum_siglip2 import EXTERNAL, write_onnx
from export.formats.compact import compact
from export.formats.openvino_ir import write_openvino
from export.formats.precision import DTYPES, cast_products
from export.formats.quantize import quantize
from export.formats.runtime import MODEL_FILES
from export.formats.shapes import PROFILES
from export.formats.tensorrt import build_engine, find_trtexec
from export.manifest import Format, Precision
from vislex.contract.images import SIGLIP2
from vislex.errors import RepositoryError

PRECISIONS: dict[Format, tuple[Precision, ...]] = {
    "onnx": ("fp32", "fp16", "int8"),  # ONNX Runtime multiplies no bfloat16 on a CPU
    "openvino": ("fp32", "fp16", "bf16"),  # its static int8 was measured at a cosine of 0.86
    "tensorrt": ("fp32", "fp16", "bf16"),
}


@dataclass(frozen=True)
class Target:
    """What is wanted of a checkpoint."""

    tower: TowerName = "vision"
    format: Format = "onnx"
    precision: Precision = "fp32"


def require_offered(file_format: Format, precision: Precision) -> None:
    """Raises RepositoryError where the format has no such precision, or cannot be made here."""
    if precision not in PRECISIONS[file_format]:
        raise RepositoryError(
            f"--format {file_format} has no {precision};"
            f" it has {', '.join(PRECISIONS[file_format])}"
        )
    if file_format == "tensorrt":
        find_trtexec()


def write_model(model: Any, folder: Path, target: Target) -> None:
    """Writes the model file of `target` into `folder`, and leaves nothing else there."""
    path = folder / MODEL_FILES[target.format]
    if target.precision in {"fp16", "bf16"} and target.format != "openvino":
        model = copy.deepcopy(model)
        cast_products(model, DTYPES[target.precision])
    if target.format == "onnx" and target.precision != "int8":
        write_onnx(model, path)
        if not (folder / EXTERNAL).exists():
            compact(path)
        return
    traced = folder / "traced" / "model.onnx"
    write_onnx(model, traced)
    if target.format == "onnx":
        quantize(traced, path)
    elif target.format == "openvino":
        write_openvino(traced, path, target.precision)
    else:
        build_engine(traced, path, PROFILES[SIGLIP2.name]())
    shutil.rmtree(traced.parent)

"""PP-OCRv4 mobile, detector and recogniser: pixels in, text map or characters out.

The weights are those of the `rapidocr-onnxruntime` wheel, which is located but never imported.
Around each graph go the steps that its callers would otherwise repeat on floats: uint8 RGB pixels
to normalised BGR planes in front, and behind the recogniser its best class per time step, so
that 6625 probabilities per step never leave the model. Opset and IR stay the source's (12, 8).
"""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from export.manifest import ModelManifest, sha256_of, write_manifest
from vislex.contract import (
    CANVAS,
    CHARACTER,
    CHARACTER_SCORE,
    CROP_WIDTH,
    CROPS,
    OCR_DET,
    OCR_REC,
    TEXT_MAP,
    ModelSpec,
    TensorSpec,
)
from vislex.errors import RepositoryError
from vislex.ocr.characters import CHARACTERS_FILE

PACKAGE = "rapidocr-onnxruntime"

_TYPES = {"uint8": TensorProto.UINT8, "int32": TensorProto.INT32, "float32": TensorProto.FLOAT}


@dataclass(frozen=True)
class _Source:
    """One ONNX file of the wheel: where it lies, what it must be, and its only output."""

    path: str
    sha256: str
    output: str


_DET = _Source(
    "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
    "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
    "sigmoid_0.tmp_0",
)
_REC = _Source(
    "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
    "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
    "softmax_11.tmp_0",
)


def export_ocr(out: Path) -> tuple[ModelManifest, ModelManifest]:
    """Writes `ocr_det`, `ocr_rec` and the character list below `out`; answers their manifests.

    The same wheel gives the same bytes. Raises RepositoryError when the wheel is not installed or
    its files are not the pinned ones.
    """
    det, rec = _load(_DET), _load(_REC)
    characters = out / CHARACTERS_FILE
    characters.parent.mkdir(parents=True, exist_ok=True)
    characters.write_text("\n".join(_characters(rec)) + "\n", encoding="utf-8", newline="\n")
    return (
        _write(_wrap_detector(det), OCR_DET, _DET, out),
        _write(_wrap_recognizer(rec), OCR_REC, _REC, out),
    )


def source_paths() -> dict[str, Path]:
    """The wheel's own ONNX files, by the names of the models they become.

    Raises RepositoryError when the wheel is not installed or its files are not the pinned ones.
    """
    return {OCR_DET.name: _locate(_DET), OCR_REC.name: _locate(_REC)}


def _load(source: _Source) -> onnx.ModelProto:
    return onnx.load(str(_locate(source)))


def _locate(source: _Source) -> Path:
    try:
        path = Path(str(distribution(PACKAGE).locate_file(source.path)))
    except PackageNotFoundError as error:
        raise RepositoryError(
            f"{PACKAGE} is not installed; its wheel carries the OCR models"
            f" (pip install --no-deps {PACKAGE})"
        ) from error
    found = sha256_of(path)
    if found != source.sha256:
        raise RepositoryError(f"{path} has sha256 {found}; expected {source.sha256}")
    return path


def _characters(rec: onnx.ModelProto) -> list[str]:
    """The characters of classes 1, 2, ...: those the model carries, and the space behind them."""
    carried = {entry.key: entry.value for entry in rec.metadata_props}["character"]
    return [*carried.splitlines(), " "]


def _wrap_detector(model: onnx.ModelProto) -> onnx.ModelProto:
    graph = model.graph
    _prepend(graph, [*_pixels_to_planes(CANVAS.name, "x")])
    graph.node.append(helper.make_node("Squeeze", [_DET.output], [TEXT_MAP.name], axes=[1]))
    _set_interface(graph, OCR_DET)
    return model


def _wrap_recognizer(model: onnx.ModelProto) -> onnx.ModelProto:
    graph = model.graph
    planes = _pixels_to_planes(CROPS.name, "normalised")
    _prepend(graph, [*planes, *_zero_beyond_width("normalised", "x")])
    graph.node.extend(
        [
            helper.make_node("ArgMax", [_REC.output], ["best"], axis=2, keepdims=0),
            helper.make_node("Cast", ["best"], [CHARACTER.name], to=TensorProto.INT32),
            helper.make_node(
                "ReduceMax", [_REC.output], [CHARACTER_SCORE.name], axes=[2], keepdims=0
            ),
        ]
    )
    _set_interface(graph, OCR_REC)
    return model


def _pixels_to_planes(pixels: str, planes: str) -> list[onnx.NodeProto]:
    """(n, h, w, 3) RGB uint8 -> (n, 3, h, w) BGR float32 in -1..1.

    The cast comes first because TensorRT takes uint8 nowhere else.
    """
    return [
        _constant("bgr", np.array([2, 1, 0], np.int64)),
        _constant("half_range", np.array(127.5, np.float32)),
        _constant("one", np.array(1.0, np.float32)),
        helper.make_node("Cast", [pixels], ["pixels_float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["pixels_float"], ["planes_rgb"], perm=[0, 3, 1, 2]),
        helper.make_node("Gather", ["planes_rgb", "bgr"], ["planes_bgr"], axis=1),
        helper.make_node("Div", ["planes_bgr", "half_range"], ["planes_scaled"]),
        helper.make_node("Sub", ["planes_scaled", "one"], [planes]),
    ]


def _zero_beyond_width(planes: str, masked: str) -> list[onnx.NodeProto]:
    """Zeroes the columns from CROP_WIDTH on: PP-OCR pads after it normalises, not with black."""
    return [
        _constant("zero", np.array(0.0, np.float32)),
        _constant("first_column", np.array(0, np.int64)),
        _constant("next_column", np.array(1, np.int64)),
        _constant("width_axis", np.array(2, np.int64)),
        helper.make_node("Shape", [CROPS.name], ["crops_shape"]),
        helper.make_node("Gather", ["crops_shape", "width_axis"], ["padded_width"], axis=0),
        helper.make_node("Range", ["first_column", "padded_width", "next_column"], ["columns"]),
        helper.make_node("Cast", [CROP_WIDTH.name], ["crop_width"], to=TensorProto.INT64),
        helper.make_node("Less", ["columns", "crop_width"], ["inside_rows"]),
        helper.make_node("Unsqueeze", ["inside_rows"], ["inside"], axes=[1, 2]),
        helper.make_node("Where", ["inside", planes, "zero"], [masked]),
    ]


def _constant(name: str, value: np.ndarray) -> onnx.NodeProto:  # type: ignore[type-arg]
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, name))


def _prepend(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    """Puts `nodes` before the graph's own, which keep reading the tensor `x`."""
    behind = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *behind])


def _set_interface(graph: onnx.GraphProto, spec: ModelSpec) -> None:
    del graph.input[:], graph.output[:], graph.value_info[:]
    graph.input.extend(_value_info(tensor) for tensor in spec.inputs)
    graph.output.extend(_value_info(tensor) for tensor in spec.outputs)


def _value_info(tensor: TensorSpec) -> onnx.ValueInfoProto:
    """The tensor with its batch axis; an axis that varies gets a name of its own."""
    dims = [f"{tensor.name}_{axis}" if size < 0 else size for axis, size in enumerate(tensor.dims)]
    return helper.make_tensor_value_info(tensor.name, _TYPES[tensor.dtype], ["batch", *dims])


def _write(model: onnx.ModelProto, spec: ModelSpec, source: _Source, out: Path) -> ModelManifest:
    onnx.checker.check_model(model)
    path = out / spec.name / "1" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString(deterministic=True))
    manifest = ModelManifest(
        model=spec.name,
        source=f"{PACKAGE} {distribution(PACKAGE).version}, {Path(source.path).name}",
        source_sha256=source.sha256,
        sha256=sha256_of(path),
        opset=model.opset_import[0].version,
        precision="fp32",
        tools={"onnx": onnx.__version__},
    )
    write_manifest(manifest, path.parent.parent)
    return manifest

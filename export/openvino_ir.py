"""ONNX -> OpenVINO's own format, `model.xml` and `model.bin`."""

from pathlib import Path

from export.manifest import Precision
from export.runtime import import_openvino


def write_openvino(model: Path, out: Path, precision: Precision) -> None:
    """Converts the float32 ONNX `model` to `out` (a .xml; the .bin goes beside it).

    fp16 halves the weights on disk. bf16 keeps them in float32 and is asked of the runtime when
    the model is compiled (`INFERENCE_PRECISION_HINT`), which needs a CPU with bf16 instructions.
    Raises RepositoryError where OpenVINO is missing.
    """
    openvino = import_openvino()
    converted = openvino.convert_model(str(model))
    openvino.save_model(converted, str(out), compress_to_fp16=precision == "fp16")

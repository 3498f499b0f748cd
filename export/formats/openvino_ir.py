"""ONNX -> OpenVINO's own format, `model.xml` and `model.bin`."""

from collections.abc import Mapping
from pathlib import Path

import onnx

from export.manifest import Precision
from vislex.infer.openvino import import_openvino
from vislex.infer.parameters import OPENVINO_BF16


def write_openvino(model: Path, out: Path, precision: Precision) -> None:
    """Converts the float32 ONNX `model` to `out` (a .xml; the .bin goes beside it).

    fp16 halves the weights on disk. bf16 keeps them in float32 and is asked of the runtime when
    the model is opened (see `precision_parameters`), which needs a CPU with bf16 instructions.
    Raises RepositoryError where OpenVINO is missing.
    """
    openvino = import_openvino()
    converted = openvino.convert_model(str(model))
    graph = onnx.load(str(model), load_external_data=False).graph
    known = {value.name for value in (*graph.input, *graph.output)}
    # A tensor may carry the names of nodes that were folded into it, too. Triton's C++ backend
    # asks for any one of them and compares that with config.pbtxt, so there must be no other.
    for port in (*converted.inputs, *converted.outputs):
        port.get_tensor().set_names(port.get_names() & known)
    openvino.save_model(converted, str(out), compress_to_fp16=precision == "fp16")


def precision_parameters(precision: Precision) -> Mapping[str, str]:
    """What a config.pbtxt says so that a model is computed in its precision.

    OpenVINO chooses its arithmetic when it opens a model; the file only says how weights are kept.
    """
    return {OPENVINO_BF16: "YES"} if precision == "bf16" else {}

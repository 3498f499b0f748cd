"""Opens an exported model of any format as one function, to compare and to time it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.formats.openvino_ir import precision_parameters
from export.formats.tensorrt import find_trtexec, run_engine
from export.manifest import Format, Precision
from vislex.contract.images import EMBEDDING
from vislex.contract.spec import Tensors
from vislex.infer import onnx, openvino
from vislex.infer.parameters import OPENVINO_THREADS, ORT_THREADS

Embed = Callable[[Tensors], NDArray[np.float32]]  # a tower's inputs -> (b, d)

MODEL_FILES: dict[Format, str] = {
    "onnx": "model.onnx",
    "openvino": "model.xml",
    "tensorrt": "model.plan",
}


def open_export(folder: Path, file_format: Format, precision: Precision, threads: int = 0) -> Embed:
    """The model in `folder`; on a CPU with `threads` threads (0: as many as there are cores).

    Raises RepositoryError where it cannot be opened here; the function raises ModelFailed.
    """
    path = folder / MODEL_FILES[file_format]
    if file_format == "tensorrt":
        trtexec = find_trtexec()
        return lambda inputs: run_engine(path, inputs, trtexec)
    if file_format == "onnx":
        run = onnx.open_model(path, {ORT_THREADS: str(threads)})
    else:
        parameters = {**precision_parameters(precision), OPENVINO_THREADS: str(threads)}
        run = openvino.open_model(path, parameters)
    return lambda inputs: np.asarray(run([EMBEDDING.name], inputs)[EMBEDDING.name])

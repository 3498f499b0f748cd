"""Opens an exported model of any format as one function, to compare and to time it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.manifest import Format, Precision
from export.tensorrt import find_trtexec, run_engine
from vislex.contract import EMBEDDING, Tensors
from vislex.errors import ModelFailed, RepositoryError
from vislex.infer.onnx import open_session, run_session

Embed = Callable[[Tensors], NDArray[np.float32]]  # a tower's inputs -> (b, d)

FILES: dict[Format, str] = {
    "onnx": "model.onnx",
    "openvino": "model.xml",
    "tensorrt": "model.plan",
}
# OpenVINO chooses its arithmetic when it compiles; the file only says how weights are kept.
_OPENVINO_HINTS = {"fp32": "f32", "fp16": "f16", "bf16": "bf16"}


def open_export(folder: Path, file_format: Format, precision: Precision, threads: int = 0) -> Embed:
    """The model in `folder`; on a CPU with `threads` threads (0: as many as there are cores).

    Raises RepositoryError where it cannot be opened here; the function raises ModelFailed.
    """
    path = folder / FILES[file_format]
    if file_format == "onnx":
        session = open_session(path, {"intra_op_thread_count": str(threads)})
        return lambda inputs: run_session(session, [EMBEDDING.name], inputs)[EMBEDDING.name]
    if file_format == "openvino":
        return _openvino(path, precision, threads)
    trtexec = find_trtexec()
    return lambda inputs: run_engine(path, inputs, trtexec)


def _openvino(path: Path, precision: Precision, threads: int) -> Embed:
    openvino = import_openvino()
    hints = {"INFERENCE_PRECISION_HINT": _OPENVINO_HINTS[precision]}
    if threads:
        hints["INFERENCE_NUM_THREADS"] = str(threads)
    try:
        compiled = openvino.Core().compile_model(str(path), "CPU", hints)
    except RuntimeError as error:
        raise RepositoryError(f"{path} cannot be loaded: {error}") from error

    def embed(inputs: Tensors) -> NDArray[np.float32]:
        try:
            return np.array(compiled(dict(inputs))[EMBEDDING.name])
        except RuntimeError as error:
            raise ModelFailed(f"OpenVINO: {error}") from error

    return embed


def import_openvino() -> Any:
    """The `openvino` package, or RepositoryError saying how to get it."""
    try:
        import openvino
    except ImportError as error:
        raise RepositoryError("openvino is not installed (pip install openvino)") from error
    return openvino

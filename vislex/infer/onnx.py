"""ONNX Runtime behind the port: offline, and inside the embedded server's `onnxruntime` backend."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime as ort

from vislex.contract import ModelSpec, Tensors
from vislex.errors import ModelFailed, RepositoryError

# Parameters of a model's config.pbtxt, spelled as Triton's C++ ONNX Runtime backend spells them.
_THREADS = "intra_op_thread_count"
_MEM_PATTERN = "enable_mem_pattern"
_MEM_ARENA = "enable_mem_arena"


def open_session(model: Path, parameters: Mapping[str, str]) -> ort.InferenceSession:
    """Opens a model on the CPU with the options its `config.pbtxt` gives (0 threads: all cores).

    Raises RepositoryError where the file is missing or not a model.
    """
    if not model.is_file():
        raise RepositoryError(f"model file {model} is missing")
    options = ort.SessionOptions()
    options.intra_op_num_threads = int(parameters.get(_THREADS, "0"))
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = parameters.get(_MEM_PATTERN, "1") == "1"
    options.enable_cpu_mem_arena = parameters.get(_MEM_ARENA, "1") == "1"
    # Several models share the cores: a thread that spins while it waits takes time from another's.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base but Exception
        raise RepositoryError(f"model file {model} cannot be loaded: {error}") from None


def run_session(session: ort.InferenceSession, names: list[str], inputs: Tensors) -> Tensors:
    """Runs one batch for the outputs `names`. Raises ModelFailed with the runtime's word."""
    try:
        outputs = session.run(names, dict(inputs))
    except Exception as error:  # as above
        raise ModelFailed(f"ONNX Runtime: {error}") from error
    return {name: np.asarray(output) for name, output in zip(names, outputs, strict=True)}


class OnnxInfer:
    """An `Infer` over the ONNX files of a written model repository, in this process."""

    def __init__(self, repository: Path, threads: int = 0) -> None:
        self._repository = repository
        self._parameters = {_THREADS: str(threads), _MEM_PATTERN: "0"}
        self._sessions: dict[str, ort.InferenceSession] = {}

    def __call__(self, model: ModelSpec, inputs: Tensors, /) -> Tensors:
        session = self._sessions.get(model.name)
        if session is None:
            path = self._repository / model.name / "1" / "model.onnx"
            session = self._sessions.setdefault(model.name, open_session(path, self._parameters))
        return run_session(session, [output.name for output in model.outputs], inputs)

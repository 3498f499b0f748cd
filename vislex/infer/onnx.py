"""ONNX Runtime, offline and inside the embedded server's `onnxruntime` backend."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime as ort

from vislex.contract.spec import Tensors
from vislex.errors import ModelFailed, RepositoryError
from vislex.infer import Run
from vislex.infer.parameters import ORT_MEM_ARENA, ORT_MEM_PATTERN, ORT_THREADS


def open_model(model: Path, parameters: Mapping[str, str], calls: int = 1) -> Run:
    """Opens a model as one function, which takes any number of calls at once.

    Raises RepositoryError, as `open_session` does.
    """
    del calls  # OpenVINO has to know
    return partial(run_session, open_session(model, parameters))


def open_session(model: Path, parameters: Mapping[str, str]) -> ort.InferenceSession:
    """Opens a model on the CPU with the options its `config.pbtxt` gives (0 threads: all cores).

    Raises RepositoryError where the file is missing or not a model.
    """
    if not model.is_file():
        raise RepositoryError(f"model file {model} is missing")
    options = ort.SessionOptions()
    options.intra_op_num_threads = int(parameters.get(ORT_THREADS, "0"))
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = parameters.get(ORT_MEM_PATTERN, "1") == "1"
    options.enable_cpu_mem_arena = parameters.get(ORT_MEM_ARENA, "1") == "1"
    # Several models share the cores: a thread that spins while it waits takes time from another's.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base but Exception
        raise RepositoryError(f"model file {model} cannot be loaded: {error}") from None


def run_session(session: ort.InferenceSession, names: Sequence[str], inputs: Tensors) -> Tensors:
    """Runs one batch for the outputs `names`. Raises ModelFailed with the runtime's word."""
    try:
        outputs = session.run(list(names), dict(inputs))
    except Exception as error:  # as above
        raise ModelFailed(f"ONNX Runtime: {error}") from error
    return {name: np.asarray(output) for name, output in zip(names, outputs, strict=True)}

"""OpenVINO on a CPU, offline and inside the embedded server's `openvino` backend."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from vislex.contract.spec import Tensors
from vislex.errors import ModelFailed, RepositoryError
from vislex.infer import Run
from vislex.infer.parameters import OPENVINO_BF16, OPENVINO_STREAMS, OPENVINO_THREADS

# Kernels that a model keeps for shapes it has seen; OpenVINO's own 5000 are over 1 GB for the
# detector's many canvases. These hold what a server warms up, at nearly the same speed.
KERNELS = "1000"


def open_model(model: Path, parameters: Mapping[str, str], calls: int = 1) -> Run:
    """Opens a model (.xml, its .bin beside it, or .onnx) with the options its `config.pbtxt` gives.

    `calls` run at the same time, and more wait. An instance of a server here is a process
    that compiles its own copy, so it takes one stream's share of the threads. A new shape compiles
    nothing again, and memory has a bound over shapes.
    Raises RepositoryError where OpenVINO or the file is missing, or it is not a model.
    """
    if not model.is_file():
        raise RepositoryError(f"model file {model} is missing")
    openvino = import_openvino()
    try:
        compiled = openvino.Core().compile_model(str(model), "CPU", _options(parameters, calls))
    except RuntimeError as error:
        raise RepositoryError(f"model file {model} cannot be loaded: {error}") from None
    free: SimpleQueue[Any] = SimpleQueue()  # each has its own buffers
    for _ in range(calls):
        free.put(compiled.create_infer_request())

    def run(names: Sequence[str], inputs: Tensors) -> Tensors:
        if missing := [port.any_name for port in compiled.inputs if port.any_name not in inputs]:
            # The request would take what the last run left there.
            raise ModelFailed(f"OpenVINO: {', '.join(missing)} is missing")
        request = free.get()
        try:
            request.infer(dict(inputs), share_inputs=True)
            # copied, because the next run writes over them
            return {name: np.array(request.get_tensor(name).data) for name in names}
        except Exception as error:  # for a wrong name or type, Python's own kinds
            raise ModelFailed(f"OpenVINO: {error}") from error
        finally:
            free.put(request)

    return run


def _options(parameters: Mapping[str, str], calls: int = 1) -> dict[str, str]:
    options = {
        "NUM_STREAMS": str(calls),
        "CPU_RUNTIME_CACHE_CAPACITY": KERNELS,
        # Pinned, the threads of every model's process would sit on the same first cores.
        "ENABLE_CPU_PINNING": "NO",
        # Always set: by default OpenVINO uses bf16 if the CPU has it.
        "INFERENCE_PRECISION_HINT": "bf16" if parameters.get(OPENVINO_BF16) == "YES" else "f32",
    }
    if threads := int(parameters.get(OPENVINO_THREADS, "0")):
        share = max(1, threads // int(parameters.get(OPENVINO_STREAMS, "1")))
        options["INFERENCE_NUM_THREADS"] = str(share * calls)
    return options


def import_openvino() -> Any:
    """The `openvino` package, or RepositoryError saying how to get it."""
    try:
        import openvino
    except ImportError as error:
        raise RepositoryError(
            "openvino is not installed (pip install 'vislex[openvino]')"
        ) from error
    return openvino

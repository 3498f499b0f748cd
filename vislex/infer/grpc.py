"""Served models behind the port: a running Triton, or many behind one address."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tritonclient.grpc as triton

from vislex.contract import DType, ModelSpec, Tensors
from vislex.errors import ModelFailed

WAITS_S = (0.5, 2.0, 8.0)  # before each further try: a replica that restarts, a full queue
_KEEPALIVE_MS = 30_000
_UNAVAILABLE = "StatusCode.UNAVAILABLE"
_TYPES: dict[DType, str] = {
    "bytes": "BYTES", "float32": "FP32", "int32": "INT32", "uint8": "UINT8",
}  # fmt: skip


class GrpcInfer:
    """An `Infer` over the models of a server; several threads may use one.

    No deadline is sent: one that passes while Triton 24.10 works ends that server
    (docs/decisions.md). Keepalive tells when the server is gone.
    """

    def __init__(self, url: str, waits_s: Sequence[float] = WAITS_S) -> None:
        options = triton.KeepAliveOptions(keepalive_time_ms=_KEEPALIVE_MS)
        self._client = triton.InferenceServerClient(url, keepalive_options=options)
        self._url, self._waits_s = url, waits_s

    def __call__(self, model: ModelSpec, inputs: Tensors, /) -> Tensors:
        sent: list[Any] = []
        for spec in model.inputs:
            values = np.ascontiguousarray(inputs[spec.name])
            tensor = triton.InferInput(spec.name, list(values.shape), _TYPES[spec.dtype])
            tensor.set_data_from_numpy(values)
            sent.append(tensor)
        answer = self._ask(model, sent)
        return {spec.name: np.asarray(answer.as_numpy(spec.name)) for spec in model.outputs}

    def _ask(self, model: ModelSpec, sent: Sequence[Any]) -> Any:
        wanted = [triton.InferRequestedOutput(spec.name) for spec in model.outputs]
        waits_s = iter(self._waits_s)
        while True:
            try:
                return self._client.infer(model.name, sent, outputs=wanted)
            except triton.InferenceServerException as error:
                wait_s = next(waits_s, None)
                if wait_s is None or error.status() != _UNAVAILABLE:
                    raise ModelFailed(f"{model.name} at {self._url}: {error.message()}") from error
            time.sleep(wait_s)

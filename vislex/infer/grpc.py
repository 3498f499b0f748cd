"""Served models behind the port: a running Triton, or many behind one address."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tritonclient.grpc as triton

from vislex.contract.spec import DType, ModelSpec, Tensors
from vislex.errors import LateAnswer, ModelFailed
from vislex.network.direct import NO_PROXY

# Before each further try: a replica that restarts on a busy machine, a full server.
WAITS_S = (0.5, 2.0, 8.0, *(15.0,) * 8)
_CHANNEL = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.keepalive_time_ms", 30_000),
    *NO_PROXY,  # a server of our own
)
_LATE = "StatusCode.DEADLINE_EXCEEDED"
_FULL = ("StatusCode.UNAVAILABLE", "StatusCode.RESOURCE_EXHAUSTED")
_TYPES: dict[DType, str] = {
    "bytes": "BYTES",
    "float32": "FP32",
    "int32": "INT32",
    "uint8": "UINT8",
}


class GrpcInfer:
    """An `Infer` over the models of a server; several threads may use one.

    No deadline is sent: one that passes while Triton 24.10 works ends that server
    (docs/decisions.md). Keepalive tells when the server is gone. No proxy is used. A server that is
    full or away is asked again after each of `waits_s`. `told` is called after each try: whether
    the server was full, late or away. Raises ModelFailed, and LateAnswer where the server took too
    long.
    """

    def __init__(
        self, url: str, waits_s: Sequence[float] = WAITS_S, told: Callable[[bool], object] = bool
    ) -> None:
        self._client = triton.InferenceServerClient(url, channel_args=list(_CHANNEL))
        self._url, self._waits_s, self._told = url, waits_s, told

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
                answer = self._client.infer(model.name, sent, outputs=wanted)
            except triton.InferenceServerException as error:
                status = error.status()
                self._told(status in (_LATE, *_FULL))
                wait_s = next(waits_s, None)
                if wait_s is None or status not in _FULL:
                    kind = LateAnswer if status == _LATE else ModelFailed
                    raise kind(f"{model.name} at {self._url}: {error.message()}") from error
                time.sleep(wait_s)
            else:
                self._told(False)
                return answer

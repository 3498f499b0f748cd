"""Each served model asked on its own over gRPC, with the tensors the pipeline would give it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tritonclient.grpc as triton

from loadtest.raw import Call
from vislex.contract.images import CANVAS, CANVAS_SCALE, EMBEDDING, IMAGE, LINES, OCR, PREPARE
from vislex.contract.screens import MATCH
from vislex.contract.spec import ModelSpec, Tensors
from vislex.images.limits import DEFAULT_LIMITS
from vislex.images.observe import Models, observe_prepared
from vislex.images.prepare import prepare
from vislex.infer import Infer
from vislex.network.direct import NO_PROXY
from vislex.ocr.lines import encode_page

_SIZES = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
_KSERVE = {"bytes": "BYTES", "float32": "FP32", "int32": "INT32", "uint8": "UINT8"}


def python_calls(images: Sequence[bytes], models: Models) -> list[Call]:
    """What `prepare`, `ocr` and `match` are asked for each image; the models run them inside."""
    calls = []
    for data in images:
        prepared = prepare(data, DEFAULT_LIMITS)
        canvas = prepared.canvas
        (seen,) = observe_prepared([prepared], models)
        found: Tensors = {
            EMBEDDING.name: seen.embedding[np.newaxis],
            LINES.name: np.array([[encode_page(seen.page)]], object),
        }
        drawn: Tensors = {CANVAS.name: canvas.pixels[None], CANVAS_SCALE.name: canvas.scale[None]}
        calls += [
            Call(PREPARE, {IMAGE.name: np.array([[data]], object)}),
            Call(OCR, drawn),
            Call(MATCH, found),
        ]
    return calls


def grpc_infer(client: Any) -> Infer:
    """An `Infer` over a served model; `client` is tritonclient's. Raises what it raises."""

    def infer(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        given = []
        for spec in model.inputs:
            value = np.ascontiguousarray(inputs[spec.name])
            given.append(triton.InferInput(spec.name, value.shape, _KSERVE[spec.dtype]))
            given[-1].set_data_from_numpy(value)
        answer = client.infer(model.name, given)
        return {spec.name: answer.as_numpy(spec.name) for spec in model.outputs}

    return infer


def connect(url: str) -> Any:
    """tritonclient's connection to HOST:PORT; a context manager."""
    return triton.InferenceServerClient(url, channel_args=[*_SIZES, *NO_PROXY])

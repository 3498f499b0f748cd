"""A gRPC server that speaks Triton's protocol and misbehaves as a test tells it to."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import numpy as np
from tritonclient.grpc import service_pb2, service_pb2_grpc

Outputs = dict[str, tuple[str, list[int], bytes]]  # name -> datatype, shape, raw content
Behaviour = Callable[[Any, Any], Any]  # (request, context) -> response

IMAGE = b"\x89PNG any bytes that are not empty"


def texts(*values: str | bytes) -> tuple[str, list[int], bytes]:
    """BYTES of shape (1, n): each element is its length, little-endian, and its content."""
    encoded = [value.encode() if isinstance(value, str) else value for value in values]
    raw = b"".join(struct.pack("<I", len(value)) + value for value in encoded)
    return "BYTES", [1, len(values)], raw


def floats(*values: float) -> tuple[str, list[int], bytes]:
    """FP32 of shape (1, n)."""
    return "FP32", [1, len(values)], np.array(values, "<f4").tobytes()


def answer() -> Outputs:
    """The outputs of a request that went well."""
    return {
        "LABEL": texts("微信"),
        "DECISION": texts("known"),
        "CONFIDENCE": floats(0.75),
        "REASON": texts("ahead of the next label"),
        "SCORE": floats(0.9),
        "CANDIDATE_IDS": texts("wx/1", "ali/7"),
        "CANDIDATE_LABELS": texts("微信", "支付宝"),
        "CANDIDATE_VISUAL": floats(0.875, 0.5),
        "CANDIDATE_TEXT": floats(0.9375, 0.25),
        "CANDIDATE_FUSED": floats(0.9, 0.4),
        "GALLERY_VERSION": texts("v000007"),
        "LINES": texts('[["通讯录", 0.99, [10, 20, 110.5, 20, 110.5, 52, 10, 52]]]'),
    }


GALLERIES = {
    "default": "apps",
    "galleries": [
        {
            "name": "apps",
            "version": "v000007",
            "loaded": [
                {"version": "v000007", "images": 176, "labels": 22, "encoder": "9f" * 32,
                 "known_others": 6, "false_reject_rate": 0.02, "least_confidence": 0.99,
                 "loaded_at": "2026-11-20T09:58:01+00:00"},
                {"version": "v000006", "images": 170, "labels": 21, "encoder": "9f" * 32,
                 "loaded_at": "2026-11-20T09:12:44+00:00"},
            ],
            "refused": {"version": "v000008", "reason": "GalleryCorrupt: a checksum",
                        "at": "2026-11-20T10:02:17+00:00"},
        }
    ],
}  # fmt: skip


def outputs_of(model: str) -> Outputs:
    """The outputs of a request to `model` that went well."""
    return {
        "classify": answer(),
        "embed": {"EMBEDDING": floats(0.6, 0.8)},
        "read": {"LINES": answer()["LINES"]},
        "gallery": {"STATUS": texts(json.dumps(GALLERIES))},
    }[model]


def response(outputs: Outputs, request: Any = None) -> Any:
    """A ModelInferResponse with `outputs`."""
    message = service_pb2.ModelInferResponse(model_name="classify", model_version="1")
    if request is not None:
        message.id = request.id
    for name, (datatype, shape, raw) in outputs.items():
        message.outputs.add(name=name, datatype=datatype, shape=shape)
        message.raw_output_contents.append(raw)
    return message


def image_of(request: Any) -> bytes:
    """The one BYTES element a request carries."""
    raw: bytes = request.raw_input_contents[0]
    assert struct.unpack_from("<I", raw) == (len(raw) - 4,)
    return raw[4:]


def fails(code: grpc.StatusCode, details: str) -> Behaviour:
    """Answers every request with one error."""

    def behave(request: Any, context: Any) -> Any:
        context.abort(code, details)

    return behave


def failing_first(times: int, code: grpc.StatusCode, details: str = "") -> Behaviour:
    """Fails `times` requests, then answers."""
    left = [times]

    def infer(request: Any, context: Any) -> Any:
        if left[0]:
            left[0] -= 1
            context.abort(code, details)
        return response(outputs_of(request.model_name))

    return infer


class StandIn(service_pb2_grpc.GRPCInferenceServiceServicer):  # type: ignore[misc] # untyped base
    """Keeps the requests it got; `infer` says what becomes of the next ones."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.infer: Behaviour = lambda request, context: response(
            outputs_of(request.model_name), request
        )
        self.live = self.ready = self.model_ready = True
        self.has_model = True
        self.denied = False

    def hold(self) -> tuple[threading.Event, threading.Event]:
        """Keeps the next requests waiting; events: one has arrived, one was cancelled."""
        arrived, cancelled = threading.Event(), threading.Event()

        def infer(request: Any, context: Any) -> Any:
            context.add_callback(cancelled.set)
            arrived.set()
            cancelled.wait(120)
            return response(answer())

        self.infer = infer
        return arrived, cancelled

    def ModelInfer(self, request: Any, context: Any) -> Any:  # noqa: N802 # the protocol's names
        self.requests.append(request)
        self.headers.append(dict(context.invocation_metadata()))
        return self.infer(request, context)

    def ServerLive(self, request: Any, context: Any) -> Any:  # noqa: N802
        if self.denied:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "no token")
        return service_pb2.ServerLiveResponse(live=self.live)

    def ServerReady(self, request: Any, context: Any) -> Any:  # noqa: N802
        return service_pb2.ServerReadyResponse(ready=self.ready)

    def ModelReady(self, request: Any, context: Any) -> Any:  # noqa: N802
        if not self.has_model:
            context.abort(grpc.StatusCode.NOT_FOUND, f"unknown model: '{request.name}'")
        known = request.name in ("classify", "embed", "read")
        return service_pb2.ModelReadyResponse(ready=self.model_ready and known)

    def ServerMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        return service_pb2.ServerMetadataResponse(name="triton", version="2.51.0")

    def ModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        return service_pb2.ModelMetadataResponse(name=request.name, versions=["1"])


@contextmanager
def served(
    servicer: StandIn,
    port: int = 0,
    credentials: Any = None,
    host: str = "127.0.0.1",
    **options: int,
) -> Iterator[str]:
    """Serves `servicer` on a free port (or `port`) of this machine; yields "127.0.0.1:port"."""
    with ThreadPoolExecutor(16) as pool:
        arguments = [(f"grpc.{name}", value) for name, value in options.items()]
        server = grpc.server(pool, options=[("grpc.so_reuseport", 0), *arguments])
        service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(servicer, server)
        address = f"{host}:{port}"
        if credentials is None:
            port = server.add_insecure_port(address)
        else:
            port = server.add_secure_port(address, credentials)
        server.start()
        try:
            yield f"{host}:{port}"
        finally:
            server.stop(None).wait()

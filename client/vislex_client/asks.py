"""What can be asked of a server: each ask is the message to send and how its answer is read.

Both clients send these; nothing here waits for anything but the image's own file.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable, Generic, TypeVar

from vislex_client import answer, options, tensors
from vislex_client.errors import Unavailable, VislexError
from vislex_client.images import Image, image_bytes
from vislex_client.results import Classification, Galleries, Health, Lines

_T = TypeVar("_T")
Metadata = tuple[tuple[str, str], ...]  # gRPC's word for headers

# Python's types -> the kinds of a request parameter; bool first, for each is an int too.
_KINDS = (
    (bool, "bool_param"), (int, "int64_param"), (float, "double_param"), (str, "string_param"),
)  # fmt: skip


@dataclass(frozen=True)
class Ask(Generic[_T]):
    """One call to make."""

    method: str  # of inference.GRPCInferenceService
    message: Any  # its protobuf request
    read: Callable[[Any], _T]  # its protobuf response -> the result
    timeout_s: float | None = None
    metadata: Metadata = ()


def classify(image: Image, **chosen: Any) -> Ask[Classification]:
    """`chosen` is a ClassifyOptions; raises InvalidRequest, TypeError for what is none of them."""
    call, parameters = check(**chosen)
    return _infer(tensors.CLASSIFY, _image(image), parameters, answer.classification, call)


def embed(image: Image, **chosen: Any) -> Ask[Any]:
    """`chosen` is a CallOptions."""
    call = _call(**chosen)
    return _infer(tensors.EMBED, _image(image), {}, answer.embedding, call)


def read(image: Image, **chosen: Any) -> Ask[Lines]:
    """`chosen` is a CallOptions."""
    call = _call(**chosen)
    return _infer(tensors.READ, _image(image), {}, answer.text, call)


def gallery(name: str | None, **chosen: Any) -> Ask[Galleries]:
    """`chosen` is a CallOptions; None asks for every gallery of the server."""
    call = _call(**chosen)
    given = "" if name is None else options.word("gallery", name)
    tensor = (tensors.GALLERY_NAME, given.encode())
    return _infer(tensors.GALLERIES, tensor, {}, answer.galleries, call)


def check(
    timeout_s: Any = None, request_id: Any = None, traceparent: Any = None, **chosen: Any
) -> tuple[_Call, options.Parameters]:
    """A ClassifyOptions, checked. Raises InvalidOption, TypeError."""
    return _call(timeout_s, request_id, traceparent), options.parameters(**chosen)


@dataclass(frozen=True)
class _Call:
    timeout_s: float | None
    request_id: str
    metadata: Metadata


def _call(timeout_s: Any = None, request_id: Any = None, traceparent: Any = None) -> _Call:
    return _Call(
        None if timeout_s is None else options.seconds("timeout_s", timeout_s),
        "" if request_id is None else options.word("request_id", request_id),
        () if traceparent is None else (("traceparent", options.traceparent(traceparent)),),
    )


def _image(image: Image) -> tuple[str, bytes]:
    return tensors.IMAGE, image_bytes(image)


def _infer(
    model: str,
    tensor: tuple[str, bytes],
    parameters: options.Parameters,
    read: Callable[[answer.Output], _T],
    call: _Call,
) -> Ask[_T]:
    """One element of bytes, of a batch of one: its length, little-endian, and its content."""
    from tritonclient.grpc import InferResult, service_pb2  # a third of a second: not above

    message = service_pb2.ModelInferRequest(model_name=model, id=call.request_id)
    name, content = tensor
    message.inputs.add(name=name, datatype="BYTES", shape=[1, 1])
    message.raw_input_contents.append(struct.pack("<I", len(content)) + content)
    for key, value in parameters.items():
        kind = next(kind for type_, kind in _KINDS if isinstance(value, type_))
        setattr(message.parameters[key], kind, value)

    def read_response(response: Any) -> _T:
        return read(InferResult(response).as_numpy)

    return Ask("ModelInfer", message, read_response, call.timeout_s, call.metadata)


def health(model: str) -> tuple[Ask[Any], ...]:
    """What `health_of` wants answered of the server and of `model`, in its order."""
    from tritonclient.grpc import service_pb2

    named = {"name": options.word("model", model)}
    return (
        Ask("ServerLive", service_pb2.ServerLiveRequest(), lambda r: r.live),
        Ask("ServerReady", service_pb2.ServerReadyRequest(), lambda r: r.ready),
        Ask("ServerMetadata", service_pb2.ServerMetadataRequest(), lambda r: r.version),
        Ask("ModelReady", service_pb2.ModelReadyRequest(**named), lambda r: r.ready),
        Ask("ModelMetadata", service_pb2.ModelMetadataRequest(**named), lambda r: r.versions),
    )


def health_of(url: str, answers: Sequence[Any]) -> Health:
    """A Health from the answers to `health()`, each a result or the VislexError it ended with.

    Raises the first error, but for those of a model that is not there.
    """
    for found in answers[:3]:
        if isinstance(found, VislexError):
            raise found
    live, ready, version, model_ready, versions = answers
    if isinstance(model_ready, VislexError):
        if not isinstance(model_ready, Unavailable) or model_ready.status != "NOT_FOUND":
            raise model_ready
        model_ready = False  # a Triton that has no such model
    there = model_ready and not isinstance(versions, VislexError)
    return Health(url, live, ready, model_ready, version, tuple(versions) if there else ())

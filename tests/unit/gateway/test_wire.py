"""The gateway's few lines of protobuf against protobuf itself."""

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from tritonclient.grpc import service_pb2

from vislex.gateway import wire


def request(**parameters: int) -> service_pb2.ModelInferRequest:
    message = service_pb2.ModelInferRequest(model_name="classify", id="微-1", model_version="3")
    for name, value in parameters.items():
        message.parameters[name].int64_param = value
    message.inputs.add(name="IMAGE", datatype="BYTES", shape=[1, 1])
    message.raw_input_contents.append(bytes(range(256)) * 100)
    return message


def test_the_envelope_is_read_without_parsing() -> None:
    found = wire.read_envelope(request(top_k=3).SerializeToString())
    assert found == wire.Envelope("classify", "微-1")
    assert wire.read_envelope(b"") == wire.Envelope("", "")


def test_the_last_name_counts_as_it_does_for_the_receiver() -> None:
    """A second model name behind the tensors must not slip past the list of public models."""
    hidden = request().SerializeToString() + wire.field(1, b"prepare")
    assert service_pb2.ModelInferRequest.FromString(hidden).model_name == "prepare"
    assert wire.read_envelope(hidden).model == "prepare"


@pytest.mark.parametrize("slot", [0, 1, 127, 128, 100_000])
def test_an_appended_parameter_replaces_the_callers_own(slot: int) -> None:
    message = request(vislex_call=7, top_k=3).SerializeToString()
    merged = service_pb2.ModelInferRequest.FromString(
        message + wire.int_parameter("vislex_call", slot) + wire.request_id("abc")
    )
    assert merged.parameters["vislex_call"].int64_param == slot
    assert merged.parameters["top_k"].int64_param == 3
    assert merged.id == "abc"
    assert merged.raw_input_contents == request().raw_input_contents


def test_an_image_request_is_the_clients() -> None:
    message = service_pb2.ModelInferRequest.FromString(
        wire.image_request("classify", "X", b"\x89P")
    )
    assert (message.model_name, message.inputs[0].name) == ("classify", "X")
    assert (message.inputs[0].datatype, list(message.inputs[0].shape)) == ("BYTES", [1, 1])
    assert message.raw_input_contents == [b"\x02\0\0\0\x89P"]


def test_health_messages() -> None:
    assert service_pb2.ServerReadyResponse.FromString(wire.true_field()).ready
    ready = service_pb2.ModelReadyRequest(name="classify", version="1").SerializeToString()
    assert wire.text_field(ready) == "classify"


@pytest.mark.parametrize(
    "message",
    [
        b"\x0a\x05ab",  # five bytes announced, two there
        b"\x0a",  # a length that is missing
        b"\x0a" + b"\xff" * 11,  # a length without an end
        b"\x0b",  # a group
        b"\x02\x01a",  # field 0
        b"\x0a\x01\xff",  # a name that is not UTF-8
        b"\x0d\x00",  # a fixed32 of one byte
    ],
)
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(wire.Malformed):
        wire.read_envelope(message)


def test_no_message_shows_the_gateway_another_model_than_its_receiver() -> None:
    """Mutated requests: where protobuf reads one, we read the same names or refuse it."""
    small = request(top_k=3)
    small.raw_input_contents[0] = bytes(20)
    original = bytearray(small.SerializeToString())
    agreed = 0
    for seed in range(5_000):
        random = np.random.default_rng(seed)
        message = original.copy()
        for at in random.integers(0, len(message), 3):
            message[at] = int(random.integers(256))
        if seed % 3 == 0:
            message += wire.field(1, b"prepare") + bytes(random.integers(0, 256, 3, np.uint8))
        try:
            received = service_pb2.ModelInferRequest.FromString(bytes(message))
        except DecodeError:
            continue
        try:
            found = wire.read_envelope(bytes(message))
        except wire.Malformed:
            continue
        assert (found.model, found.request_id) == (received.model_name, received.id), seed
        agreed += 1
    assert agreed > 200

"""The gateway's few lines of protobuf against protobuf itself."""

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from tritonclient.grpc import service_pb2

from vislex.gateway import schema, wire
from vislex.gateway.request import Input, Output, Request, read_request


def request(**parameters: int) -> service_pb2.ModelInferRequest:
    message = service_pb2.ModelInferRequest(model_name="classify", id="微-1", model_version="3")
    for name, value in parameters.items():
        message.parameters[name].int64_param = value
    message.inputs.add(name="IMAGE", datatype="BYTES", shape=[1, -1])
    message.outputs.add(name="LABEL").parameters["classification"].int64_param = 1
    message.raw_input_contents.append(bytes(range(256)) * 100)
    return message


def of_protobuf(message: service_pb2.ModelInferRequest) -> Request:
    """A request as protobuf reads it, in our words."""

    def parameters(values: dict[str, service_pb2.InferParameter]) -> dict[str, tuple[str, object]]:
        kinds = {name: str(value.WhichOneof("parameter_choice")) for name, value in values.items()}
        return {name: (kind, getattr(values[name], kind)) for name, kind in kinds.items()}

    return Request(
        message.model_name, message.model_version, message.id, parameters(message.parameters),
        tuple(
            Input(i.name, i.datatype, tuple(i.shape), parameters(i.parameters),
                  {f.name: list(v) for f, v in i.contents.ListFields()}
                  if i.HasField("contents") else None)
            for i in message.inputs
        ),
        tuple(Output(o.name, parameters(o.parameters)) for o in message.outputs),
        tuple(memoryview(raw) for raw in message.raw_input_contents),
    )  # fmt: skip


TABLES = {
    "InferParameter": schema.PARAMETER,
    "ModelInferRequest": schema.REQUEST,
    "ModelInferRequest.InferInputTensor": schema.INPUT,
    "ModelInferRequest.InferRequestedOutputTensor": schema.OUTPUT,
    "ModelInferRequest.ParametersEntry": schema.ENTRY,
    "InferTensorContents": schema.CONTENTS,
    "ModelReadyRequest": schema.MODEL,
    "ModelMetadataRequest": schema.MODEL,
    "ModelStatisticsRequest": schema.MODEL,
    "ServerMetadataRequest": schema.QUESTION,
}
_PACKED = {"bool": 0, "int32": 0, "int64": 0, "uint32": 0, "uint64": 0, "float": 5, "double": 1}


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_the_protocols(name: str) -> None:
    """Numbers, names, kinds and repetition, by the descriptor that tritonclient carries."""
    pool = service_pb2.DESCRIPTOR.pool
    descriptor = pool.FindMessageTypeByName(f"inference.{name}")
    expected = {}
    for field in descriptor.fields:
        kind = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 8: "bool",
                9: "string", 11: "message", 12: "bytes", 13: "uint32"}[field.type]  # fmt: skip
        number = _PACKED.get(kind)
        if field.is_repeated:
            expected[field.number] = schema.Field(field.name, wire.LENGTH, True, number)
        else:
            expected[field.number] = schema.Field(
                field.name, wire.LENGTH if number is None else number
            )
    assert TABLES[name] == expected


def test_a_request_is_read_as_protobuf_reads_it() -> None:
    message = request(top_k=3, smallest=-(2**63))
    assert read_request(message.SerializeToString()) == of_protobuf(message)
    assert read_request(b"") == of_protobuf(service_pb2.ModelInferRequest())


def test_an_image_is_not_copied() -> None:
    body = request().SerializeToString()
    assert read_request(body).raw[0].obj is body


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (wire.field(1, b"prepare"), "the request has model_name more than once"),
        (wire.field(4, wire.field(1, b"top_k") + wire.field(2, b"\x10\x01")),
         "parameter 'top_k' of the request comes more than once"),
        (wire.field(4, wire.field(1, b"a")), "parameter 'a' of the request has 0 values"),
        (wire.field(4, wire.field(1, b"a") + wire.field(2, b"\x10\x01\x08\x01")), "has 2 values"),
        (wire.field(9, b""), "has a field 9 of wire type 2; expected fields: 1 model_name"),
        (b"\x08\x01", "has a field 1 of wire type 0"),
        (wire.field(5, wire.field(9, b"")), "an input has a field 9"),
        (wire.field(5, wire.field(3, b"\x01" * 9)), "input '' has more than 8 dims"),
        (wire.field(7, b"") * 101, "the request has more than 100 fields"),
        (wire.field(4, wire.field(1, b"\xff")), "the name of a parameter .* is not UTF-8"),
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(more: bytes, words: str) -> None:
    """A second model name behind the tensors, for one, must not slip past the list of models."""
    with pytest.raises(wire.Malformed, match=words):
        read_request(request(top_k=1).SerializeToString() + more)


@pytest.mark.parametrize("slot", [0, 1, 127, 128, 100_000])
def test_a_parameter_and_an_id_can_be_appended(slot: int) -> None:
    message = request(top_k=3)
    message.id = ""
    merged = service_pb2.ModelInferRequest.FromString(
        message.SerializeToString()
        + wire.int_parameter("vislex_call", slot)
        + wire.request_id("abc")
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
        read_request(message)


def test_no_message_shows_the_gateway_another_request_than_its_receiver() -> None:
    """Mutated requests: where we read one, protobuf reads the very same."""
    small = request(top_k=3)
    small.raw_input_contents[0] = bytes(20)
    original = bytearray(small.SerializeToString())
    agreed = 0
    for seed in range(5_000):
        random = np.random.default_rng(seed)
        message = original.copy()
        for at in random.integers(0, len(message), 1 + seed % 3):
            message[at] = int(random.integers(256))
        if seed % 3 == 0:
            message += wire.field(int(random.integers(1, 9)), bytes(random.integers(0, 9, 4, "u1")))
        try:
            found = read_request(bytes(message))
        except wire.Malformed:
            continue
        try:
            received = service_pb2.ModelInferRequest.FromString(bytes(message))
        except DecodeError:
            raise AssertionError(f"seed {seed} is no request for protobuf") from None
        assert found == of_protobuf(received), seed
        agreed += 1
    assert agreed > 200

"""Requests broken from a seed, by the protocol's own schema: as a careless or hostile caller does.

The descriptor of ModelInferRequest is walked, so that every field that the protocol has is changed,
added, repeated or left out some time, whether the gateway knows it or not.
"""

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from google.protobuf.descriptor import FieldDescriptor
from tritonclient.grpc import service_pb2

from vislex.contract.galleries import GALLERY
from vislex.contract.images import EMBED, READ
from vislex.contract.screens import CLASSIFY

Random = np.random.Generator
Message = Any  # of protobuf; it ships no types

_INTS = (0, 1, 2, 3, 5, -1, 7, 100, 2**31 - 1, -(2**31), 2**62, 2**63 - 1, -(2**63))
_FLOATS = (0.0, 0.6, 1.0, -1.0, 1e308, float("nan"), float("inf"))
# Names that Triton, the protocol or this server know, and some that nobody does.
_WORDS = (
    "", "1", "2", "-1", "classify", "embed", "read", "gallery", "prepare", "match", "BYTES",
    "UINT8", "FP32", "INT64", "BOOL", "IMAGE", "LABEL", "LINES", "EMBEDDING", "SCORE", "STATUS",
    "GALLERY", "alpha", "top_k", "topk", "ranking", "both", "study", "decide", "gallery_version",
    "v000001",
    "classification", "shared_memory_region", "shared_memory_offset", "shared_memory_byte_size",
    "binary_data", "binary_data_size", "binary_data_output", "sequence_id", "sequence_start",
    "sequence_end", "priority", "timeout", "triton_enable_empty_final_response", "headers",
    "vislex_call", "canary", "x" * 300, "a\nb", "微信", "a\0b",
)  # fmt: skip
_KINDS: dict[int, Sequence[Any]] = {
    FieldDescriptor.TYPE_BOOL: (True, False),
    FieldDescriptor.TYPE_DOUBLE: _FLOATS,
    FieldDescriptor.TYPE_FLOAT: (0.0, 1.0, float("nan")),
    FieldDescriptor.TYPE_STRING: _WORDS,
}
_LIMITS = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
}


def good_request(random: Random, images: Sequence[bytes]) -> Message:
    """A request that is answered: any model, options and outputs."""
    spec = (CLASSIFY, CLASSIFY, CLASSIFY, EMBED, READ, GALLERY)[int(random.integers(6))]
    image = b"" if spec is GALLERY else images[int(random.integers(len(images)))]
    message = service_pb2.ModelInferRequest(model_name=spec.name, id=str(random.integers(1000)))
    tensor = message.inputs.add(name=spec.inputs[0].name, datatype="BYTES", shape=[1, 1])
    if random.integers(4):
        message.raw_input_contents.append(struct.pack("<I", len(image)) + image)
    else:
        tensor.contents.bytes_contents.append(image)
    if spec is CLASSIFY and random.integers(2):
        message.parameters["top_k"].int64_param = int(random.integers(1, 101))
        message.parameters["alpha"].double_param = float(random.random())
    for output in spec.outputs:
        if random.integers(3) == 0:
            message.outputs.add(name=output.name)
    return message


def mutated_request(seed: int, images: Sequence[bytes]) -> tuple[Message, bytes]:
    """A request changed in none to three ways, and its bytes, which may be broken once more.

    The same for the same seed.
    """
    random = np.random.default_rng(seed)
    message = good_request(random, images)
    for _ in range(int(random.integers(4))):
        _change(message, random)
    body = bytearray(message.SerializeToString(deterministic=True))
    if random.integers(10) == 0:
        for at in random.integers(0, max(1, min(len(body), 80)), 2):
            body[at : at + 1] = bytes([int(random.integers(256))])
    return message, bytes(body)


def _change(message: Message, random: Random) -> None:
    """Changes one field somewhere in `message`, as its descriptor says that it may be."""
    fields = message.DESCRIPTOR.fields
    field = fields[int(random.integers(len(fields)))]
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        value = getattr(message, field.name)[_any(_WORDS, random)]
        _change(value, random)
    elif field.is_repeated:
        _change_list(getattr(message, field.name), field, random)
    elif field.message_type is not None:
        _change(getattr(message, field.name), random)
    elif random.integers(5) == 0:
        message.ClearField(field.name)
    else:
        setattr(message, field.name, _scalar(field, random))


def _change_list(values: Any, field: FieldDescriptor, random: Random) -> None:
    """Adds to a list, takes from it, repeats an element, or changes one."""
    way = int(random.integers(5)) if len(values) else 0
    if way == 1:
        del values[int(random.integers(len(values)))]
    elif way == 2:
        values.append(values[int(random.integers(len(values)))])
    elif field.message_type is not None:
        _change(values.add() if way == 0 else values[int(random.integers(len(values)))], random)
    elif way == 0:
        values.append(_scalar(field, random))
    else:
        values[int(random.integers(len(values)))] = _scalar(field, random)


def _scalar(field: FieldDescriptor, random: Random) -> Any:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return random.bytes(int(random.integers(40)))
    if field.type in _LIMITS:
        low, high = _LIMITS[field.type]
        return min(max(int(_any(_INTS, random)), low), high)
    return _any(_KINDS[field.type], random)


def _any(values: Sequence[Any], random: Random) -> Any:
    return values[int(random.integers(len(values)))]

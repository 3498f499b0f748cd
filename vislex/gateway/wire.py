"""The part of protobuf's encoding that a pass-through needs.

A message is walked by the lengths of its fields, and what is in it stays where it lies: an image is
never copied. What the gateway adds to a request is appended, since protobuf merges maps.
"""

from collections.abc import Iterator

# ModelInferRequest, for what is written here; `vislex.gateway.schema` has what is read.
_MODEL_NAME, _ID, _PARAMETERS, _INPUTS, _RAW_INPUTS = 1, 3, 4, 5, 7
_INT64_PARAM = 2  # InferParameter
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5  # wire types
_MAX_VARINT_BYTES = 10

Value = int | memoryview  # of a varint, and of everything else


class Malformed(ValueError):
    """The bytes are not a protobuf message of the kind that was expected."""


def fields(view: memoryview) -> Iterator[tuple[int, int, Value]]:
    """Number, wire type and value of each field of a message."""
    at = 0
    while at < len(view):
        key, at = read_varint(view, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = read_varint(view, at)
            yield number, wire, value
            continue
        if wire == LENGTH:
            length, at = read_varint(view, at)
        elif wire in (FIXED64, FIXED32):
            length = 8 if wire == FIXED64 else 4
        else:
            raise Malformed(f"field {number} has wire type {wire}")
        if at + length > len(view):
            raise Malformed(f"field {number} ends after the message")
        yield number, wire, view[at : at + length]
        at += length


def read_varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for i in range(_MAX_VARINT_BYTES):
        if at + i >= len(view):
            break
        byte = view[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            if value >> 64:
                break  # readers differ in what they make of it
            return value, at + i + 1
    raise Malformed("a number does not end")


def int_parameter(name: str, value: int) -> bytes:
    """A request parameter to append to a ModelInferRequest."""
    entry = field(1, name.encode()) + field(2, _tag(_INT64_PARAM, VARINT) + _varint(value))
    return field(_PARAMETERS, entry)


def request_id(value: str) -> bytes:
    """An id to append to a ModelInferRequest."""
    return field(_ID, value.encode())


def image_request(model: str, tensor: str, image: bytes) -> bytes:
    """A whole ModelInferRequest for one BYTES tensor of shape (1, 1)."""
    shape = field(3, _varint(1) + _varint(1))
    described = field(1, tensor.encode()) + field(2, b"BYTES") + shape
    content = len(image).to_bytes(4, "little") + image
    return field(_MODEL_NAME, model.encode()) + field(_INPUTS, described) + field(
        _RAW_INPUTS, content
    )  # fmt: skip


def field(number: int, value: bytes) -> bytes:
    """A length-delimited field: a string, bytes or a message."""
    return _tag(number, LENGTH) + _varint(len(value)) + value


def true_field(number: int = 1) -> bytes:
    """A bool field that is true; false is no field at all."""
    return _tag(number, VARINT) + b"\x01"


def enum_field(number: int, value: int) -> bytes:
    return _tag(number, VARINT) + _varint(value)


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)

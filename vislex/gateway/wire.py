"""The little of protobuf's encoding that a pass-through needs; field numbers are KServe v2's.

A request is never parsed whole: the top-level fields are walked by their lengths, and what the
gateway adds is appended, since protobuf lets the last value of a field stand and merges maps.
"""

from collections.abc import Iterator
from dataclasses import dataclass

# ModelInferRequest; ModelReadyRequest and ModelMetadataRequest name their model in field 1 too.
_MODEL_NAME, _ID, _PARAMETERS, _INPUTS, _RAW_INPUTS = 1, 3, 4, 5, 7
_INT64_PARAM = 2  # InferParameter
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5  # wire types
_MAX_VARINT_BYTES = 10


class Malformed(ValueError):
    """The bytes are not a protobuf message."""


@dataclass(frozen=True)
class Envelope:
    """What the gateway reads of a request."""

    model: str
    request_id: str


def read_envelope(message: bytes) -> Envelope:
    """The model and the id a request names, as its receiver will see them. Raises Malformed."""
    return Envelope(text_field(message, _MODEL_NAME), text_field(message, _ID))


def text_field(message: bytes, number: int = 1) -> str:
    """The last string in field `number`, "" where there is none. Raises Malformed."""
    found = b""
    for field, value in _fields(message):
        if field == number and value is not None:
            found = bytes(value)
    try:
        return found.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"field {number} is not UTF-8") from error


def raw_inputs(message: bytes) -> Iterator[memoryview]:
    """The tensors' contents as they lie in a ModelInferRequest. Raises Malformed."""
    return (value for n, value in _fields(message) if n == _RAW_INPUTS and value is not None)


def int_parameter(name: str, value: int) -> bytes:
    """A request parameter to append to a ModelInferRequest; it replaces one of the same name."""
    entry = field(1, name.encode()) + field(2, _tag(_INT64_PARAM, _VARINT) + _varint(value))
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
    return _tag(number, _LENGTH) + _varint(len(value)) + value


def true_field(number: int = 1) -> bytes:
    """A bool field that is true; false is no field at all."""
    return _tag(number, _VARINT) + b"\x01"


def enum_field(number: int, value: int) -> bytes:
    return _tag(number, _VARINT) + _varint(value)


def _fields(message: bytes) -> Iterator[tuple[int, memoryview | None]]:
    """Number and content of each top-level field; None for a scalar's."""
    view, at = memoryview(message), 0
    while at < len(view):
        key, at = _read_varint(view, at)
        number, kind = key >> 3, key & 7
        value = None
        if kind == _LENGTH:
            length, at = _read_varint(view, at)
            value = view[at : at + length]
            at += length
        elif kind == _VARINT:
            at = _read_varint(view, at)[1]
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise Malformed(f"field {number} has wire type {kind}")
        if at > len(view) or number == 0:
            raise Malformed(f"field {number} ends after the message")
        yield number, value


def _read_varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for i in range(_MAX_VARINT_BYTES):
        if at + i >= len(view):
            break
        byte = view[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, at + i + 1
    raise Malformed("a number does not end")


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)

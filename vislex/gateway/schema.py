"""The messages that callers send, and how one is read strictly by its table.

https://github.com/triton-inference-server/common/blob/r24.10/protobuf/grpc_service.proto; a test
holds the tables to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vislex.gateway.wire import (
    FIXED32,
    FIXED64,
    LENGTH,
    VARINT,
    Malformed,
    Value,
    fields,
    read_varint,
)

_MOST_FIELDS = 100  # of one message; a request of ours has two dozen


@dataclass(frozen=True)
class Field:
    """One field of a message: its name, its wire type, and whether it may come again."""

    name: str
    wire: int
    repeated: bool = False
    element: int | None = None  # wire type of one number of a list, which old writers do not pack


Message = Mapping[int, Field]  # by number

PARAMETER: Message = {
    1: Field("bool_param", VARINT),
    2: Field("int64_param", VARINT),
    3: Field("string_param", LENGTH),
    4: Field("double_param", FIXED64),
    5: Field("uint64_param", VARINT),
}
ENTRY: Message = {1: Field("key", LENGTH), 2: Field("value", LENGTH)}
CONTENTS: Message = {
    1: Field("bool_contents", LENGTH, True, VARINT),
    2: Field("int_contents", LENGTH, True, VARINT),
    3: Field("int64_contents", LENGTH, True, VARINT),
    4: Field("uint_contents", LENGTH, True, VARINT),
    5: Field("uint64_contents", LENGTH, True, VARINT),
    6: Field("fp32_contents", LENGTH, True, FIXED32),
    7: Field("fp64_contents", LENGTH, True, FIXED64),
    8: Field("bytes_contents", LENGTH, True),
}
INPUT: Message = {
    1: Field("name", LENGTH),
    2: Field("datatype", LENGTH),
    3: Field("shape", LENGTH, True, VARINT),
    4: Field("parameters", LENGTH, True),
    5: Field("contents", LENGTH),
}
OUTPUT: Message = {1: Field("name", LENGTH), 2: Field("parameters", LENGTH, True)}
REQUEST: Message = {
    1: Field("model_name", LENGTH),
    2: Field("model_version", LENGTH),
    3: Field("id", LENGTH),
    4: Field("parameters", LENGTH, True),
    5: Field("inputs", LENGTH, True),
    6: Field("outputs", LENGTH, True),
    7: Field("raw_input_contents", LENGTH, True),
}
MODEL: Message = {1: Field("name", LENGTH), 2: Field("version", LENGTH)}  # of a question about one
QUESTION: Message = {}  # one that says no more
HEALTH_CHECK: Message = {1: Field("service", LENGTH)}


def read_message(data: bytes | memoryview, schema: Message, what: str) -> dict[str, list[Value]]:
    """Every field of a message by its name, in order. Raises Malformed naming a field that is not
    in `schema`, that has another wire type there, or that comes twice and may not.

    So there is one way only to read what is let through, and its receiver reads it that way too.
    """
    found: dict[str, list[Value]] = {}
    for count, (number, wire, value) in enumerate(fields(memoryview(data))):
        field = schema.get(number)
        if field is None or wire not in (field.wire, field.element):
            known = ", ".join(f"{n} {f.name}" for n, f in schema.items()) or "none"
            raise Malformed(
                f"{what} has a field {number} of wire type {wire}; expected fields: {known}"
            )
        values = found.setdefault(field.name, [])
        if values and not field.repeated:
            raise Malformed(f"{what} has {field.name} more than once")
        if count >= _MOST_FIELDS:
            raise Malformed(f"{what} has more than {_MOST_FIELDS} fields")
        values.append(value)
    return found


def text(values: list[Value] | None, what: str) -> str:
    """The string of a singular field, "" where it is left out. Raises Malformed."""
    if not values:
        return ""
    try:
        return bytes(values[0]).decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"{what} is not UTF-8") from error


def varints(values: list[Value]) -> Iterator[int]:
    """The numbers of a repeated field, packed or one by one. Raises Malformed."""
    for value in values:
        if isinstance(value, int):
            yield value
            continue
        at = 0
        while at < len(value):
            number, at = read_varint(value, at)
            yield number


def signed(value: int) -> int:
    """A varint as the int64 it stands for."""
    return value - (1 << 64) if value >> 63 else value

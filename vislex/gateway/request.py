"""A ModelInferRequest, read strictly: a field that is not known here is refused by its name."""

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from vislex.gateway.refusal import quoted
from vislex.gateway.schema import (
    CONTENTS,
    ENTRY,
    INPUT,
    OUTPUT,
    PARAMETER,
    REQUEST,
    read_message,
    signed,
    text,
    varints,
)
from vislex.gateway.wire import Malformed, Value

_MOST_DIMS = 8
_DIGEST_BYTES = 16

Parameters = Mapping[str, tuple[str, object]]  # name -> kind, as "int64_param", and value


@dataclass(frozen=True)
class Input:
    """One input tensor as it is described, and its typed contents where it carries them."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    parameters: Parameters
    contents: Mapping[str, list[Value]] | None  # by field name; None where there are none


@dataclass(frozen=True)
class Output:
    """One output that is asked for."""

    name: str
    parameters: Parameters


@dataclass(frozen=True)
class Request:
    """What a caller sent. The contents are views of its bytes."""

    model: str
    version: str
    id: str
    parameters: Parameters
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    raw: tuple[memoryview, ...]

    @cached_property
    def form(self) -> bytes:
        """A digest of all but the id and the contents."""
        inputs = [(i.name, i.datatype, i.shape, sorted(i.parameters.items())) for i in self.inputs]
        outputs = sorted((o.name, sorted(o.parameters.items())) for o in self.outputs)
        typed = sorted(kind for i in self.inputs for kind in i.contents or ())
        parts = (self.model, self.version, sorted(self.parameters.items()), inputs, outputs, typed)
        return hashlib.blake2b(repr(parts).encode(), digest_size=_DIGEST_BYTES).digest()

    @cached_property
    def content(self) -> bytes:
        """A digest of the contents alone, the same for raw ones and for typed ones."""
        state = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        for raw, datatype in zip(self.raw, (i.datatype for i in self.inputs), strict=False):
            state.update(raw if datatype != "BYTES" else raw[4:])
        for given in self.inputs:
            for values in (given.contents or {}).values():
                for value in values:
                    state.update(value if isinstance(value, memoryview) else str(value).encode())
        return state.digest()


def read_request(body: bytes) -> Request:
    """Raises Malformed where `body` is none, or has what is not in the tables above."""
    fields = read_message(body, REQUEST, "the request")
    return Request(
        text(fields.get("model_name"), "model_name"),
        text(fields.get("model_version"), "model_version"),
        text(fields.get("id"), "id"),
        _parameters(fields, "the request"),
        tuple(_input(value) for value in _messages(fields, "inputs")),
        tuple(_output(value) for value in _messages(fields, "outputs")),
        tuple(_messages(fields, "raw_input_contents")),
    )


def _messages(fields: Mapping[str, list[Value]], name: str) -> Iterator[memoryview]:
    for value in fields.get(name, ()):
        if isinstance(value, int):
            raise Malformed(f"{name} is a number")
        yield value


def _input(view: memoryview) -> Input:
    fields = read_message(view, INPUT, "an input")
    name = text(fields.get("name"), "an input's name")
    what = f"input {quoted(name)}"
    shape = []
    for dim in varints(fields.get("shape", [])):
        shape.append(signed(dim))
        if len(shape) > _MOST_DIMS:
            raise Malformed(f"{what} has more than {_MOST_DIMS} dims")
    contents = next(_messages(fields, "contents"), None)
    return Input(
        name,
        text(fields.get("datatype"), f"the datatype of {what}"),
        tuple(shape),
        _parameters(fields, what),
        None if contents is None else read_message(contents, CONTENTS, f"contents of {what}"),
    )


def _output(view: memoryview) -> Output:
    fields = read_message(view, OUTPUT, "an output")
    name = text(fields.get("name"), "an output's name")
    return Output(name, _parameters(fields, f"output {quoted(name)}"))


def _parameters(fields: Mapping[str, list[Value]], of: str) -> dict[str, tuple[str, object]]:
    found: dict[str, tuple[str, object]] = {}
    for view in _messages(fields, "parameters"):
        entry = read_message(view, ENTRY, f"a parameter of {of}")
        name = text(entry.get("key"), f"the name of a parameter of {of}")
        what = f"parameter {quoted(name)} of {of}"
        if name in found:
            raise Malformed(f"{what} comes more than once")
        value = next(_messages(entry, "value"), memoryview(b""))
        found[name] = _choice(read_message(value, PARAMETER, what), what)
    return found


def _choice(fields: Mapping[str, list[Value]], what: str) -> tuple[str, object]:
    """Kind and value of an InferParameter."""
    if len(fields) != 1:
        raise Malformed(f"{what} has {len(fields)} values; expected one")
    ((kind, (value,)),) = fields.items()
    if kind == "string_param":
        return kind, text([value], what)
    if not isinstance(value, int):
        return kind, float(struct.unpack("<d", value)[0])
    if kind == "bool_param":
        return kind, bool(value)
    return kind, signed(value) if kind == "int64_param" else value

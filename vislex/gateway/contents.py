"""Whether the inputs of a request are those of its model: names, datatypes, shapes, contents."""

import math
import sys
from collections.abc import Mapping, Sequence

from vislex.contract.spec import DType, TensorSpec
from vislex.gateway.refusal import Refusal, invalid, quoted
from vislex.gateway.request import Input, Request

# dtype of `vislex.contract` -> KServe's name, and bytes of an element; 0: each has its own length.
_DATATYPES: Mapping[DType, tuple[str, int]] = {
    "bytes": ("BYTES", 0), "float32": ("FP32", 4), "int32": ("INT32", 4), "uint8": ("UINT8", 1),
}  # fmt: skip
_LENGTH_BYTES = 4  # before each BYTES element of raw contents


def check_inputs(request: Request, specs: Sequence[TensorSpec], most_items: int) -> None:
    """Raises Refusal where the inputs are not exactly `specs`, each with its contents.

    `most_items` bounds the batch axis; 0 leaves that to the size of a message.
    """
    expected = {spec.name: spec for spec in specs}
    given = [tensor.name for tensor in request.inputs]
    names = ", ".join(expected)
    for name in given:
        if name not in expected:
            raise invalid(f"{request.model} has no input {quoted(name)}; expected {names}")
        if given.count(name) > 1:
            raise invalid(f"input {name} comes {given.count(name)} times; expected once")
    for name in expected:
        if name not in given:
            raise invalid(f"input {name} is missing; {request.model} takes {names}")
    for tensor in request.inputs:
        _check_described(tensor, expected[tensor.name], most_items)
    if len({tensor.shape[0] for tensor in request.inputs}) > 1:
        raise invalid("the inputs have different numbers of items, the first dim of their shapes")
    _check_contents(request, expected)


def _check_described(tensor: Input, spec: TensorSpec, most_items: int) -> None:
    datatype, _ = _DATATYPES[spec.dtype]
    if tensor.datatype != datatype:
        raise invalid(
            f"input {spec.name} is of datatype {quoted(tensor.datatype)}; expected {datatype}"
        )
    dims = tensor.shape
    most = most_items or sys.maxsize
    fits = len(dims) == 1 + len(spec.dims) and 1 <= dims[0] <= most
    if not fits or not all(
        dim > 0 if wanted < 0 else dim == wanted
        for dim, wanted in zip(dims[1:], spec.dims, strict=True)
    ):
        items = {0: "any", 1: "1"}.get(most_items, f"1 to {most_items}")
        wanted = ", ".join((items, *("any" if d < 0 else str(d) for d in spec.dims)))
        raise invalid(f"input {spec.name} is of shape {list(dims)}; expected [{wanted}]")


def _check_contents(request: Request, expected: Mapping[str, TensorSpec]) -> None:
    """Either all inputs are raw, in their order, or each carries its own `bytes_contents`."""
    typed = [tensor for tensor in request.inputs if tensor.contents is not None]
    if request.raw:
        if typed:
            raise invalid(
                f"input {typed[0].name} has contents beside raw_input_contents; expected one of "
                "the two"
            )
        if len(request.raw) != len(request.inputs):
            raise invalid(
                f"there are {len(request.raw)} raw_input_contents for {len(request.inputs)} inputs;"
                " expected one for each"
            )
        for tensor, raw in zip(request.inputs, request.raw, strict=True):
            _check_raw(tensor, expected[tensor.name], raw)
        return
    for tensor in request.inputs:
        _check_typed(tensor, expected[tensor.name])


def _check_raw(tensor: Input, spec: TensorSpec, raw: memoryview) -> None:
    _, item_bytes = _DATATYPES[spec.dtype]
    count = math.prod(tensor.shape)
    if item_bytes:
        if len(raw) != count * item_bytes:
            raise _lengths(tensor, f"{len(raw)} bytes", f"{count * item_bytes}")
        return
    at = found = 0
    while at + _LENGTH_BYTES <= len(raw) and found <= count:
        at += _LENGTH_BYTES + int.from_bytes(raw[at : at + _LENGTH_BYTES], "little")
        found += 1
    if at != len(raw) or found != count:
        raise invalid(
            f"the raw contents of input {spec.name} are not {count} element(s) of BYTES; expected "
            "for each its length, 4 bytes little-endian, and so many bytes"
        )


def _check_typed(tensor: Input, spec: TensorSpec) -> None:
    if not tensor.contents:
        raise invalid(f"input {spec.name} has no contents; expected raw_input_contents")
    if spec.dtype != "bytes" or set(tensor.contents) != {"bytes_contents"}:
        wanted = "bytes_contents" if spec.dtype == "bytes" else "raw_input_contents"
        raise invalid(f"input {spec.name} comes as {', '.join(tensor.contents)}; expected {wanted}")
    count, found = math.prod(tensor.shape), len(tensor.contents["bytes_contents"])
    if found != count:
        raise _lengths(tensor, f"{found} bytes_contents", f"{count}")


def _lengths(tensor: Input, found: str, wanted: str) -> Refusal:
    return invalid(
        f"input {tensor.name} of shape {list(tensor.shape)} has {found}; expected {wanted}"
    )

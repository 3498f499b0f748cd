"""What a request may hold: an allow list for each model, and what is said of everything else.

Triton 24.10 takes parameters of its own (`classification`, `shared_memory_region`, `sequence_id`,
...), some of which end it. So a request passes where everything in it is known to be good here.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import grpc

from vislex.calls import CANARY_ID
from vislex.contract.spec import Kind, ModelSpec
from vislex.gateway.contents import check_inputs
from vislex.gateway.refusal import Refusal, invalid, quoted
from vislex.gateway.request import Parameters, Request

VERSIONS = ("", "1")  # of a model: a repository of ours has one
MOST_ID = 128  # characters
_MOST_STRING = 256  # characters of a parameter

# Kind -> the fields of an InferParameter that carry it. A client that is given 1 sends an integer.
_CARRIERS: Mapping[Kind, tuple[str, ...]] = {
    "bool": ("bool_param",),
    "int64": ("int64_param",),
    "double": ("double_param", "int64_param"),
    "string": ("string_param",),
}
_WANTED: Mapping[Kind, str] = {
    "bool": "true or false", "int64": "a whole number", "double": "a number", "string": "a string",
}  # fmt: skip
_GIVEN = {
    "bool_param": "true or false",
    "int64_param": "a whole number",
    "uint64_param": "an unsigned number",
    "double_param": "a floating-point number",
    "string_param": "a string",
}
# What other servers know: a word on what to do instead.
_INSTEAD = {
    "timeout": "the deadline of the call says how long to wait",
    "classification": "leave class_count out",
    # In any order: a request has its parameters in a map.
    **dict.fromkeys(
        ("shared_memory_region", "shared_memory_byte_size", "shared_memory_offset"),
        "send the contents with the request",
    ),
}


@dataclass(frozen=True)
class Accepted:
    """What callers may send to one model."""

    model: ModelSpec  # with its options, which are the parameters of the whole request
    most_items: int = 1  # of the batch axis; 0: as many as a message holds


def check_request(request: Request, models: Mapping[str, Accepted]) -> None:
    """Raises Refusal for the first thing in `request` that is not in the list of its model."""
    accepted = models.get(request.model)
    if accepted is None:
        raise not_served(request.model, models)
    check_version(request.version)
    check_id(request.id)
    model = accepted.model.name
    for name in request.parameters:
        _check_parameter(name, request.parameters, accepted)
    inputs = {spec.name for spec in accepted.model.inputs}
    for given in request.inputs:  # before the contents: shared memory leaves an input without
        if given.name in inputs:
            _none_of(given.parameters, f"input {given.name} of {model}")
    check_inputs(request, accepted.model.inputs, accepted.most_items)
    known = [spec.name for spec in accepted.model.outputs]
    for output in request.outputs:
        if output.name not in known:
            raise invalid(
                f"{model} has no output {quoted(output.name)}; expected some of {', '.join(known)}"
            )
        _none_of(output.parameters, f"output {output.name} of {model}")
    for name, times in Counter(output.name for output in request.outputs).items():
        if times > 1:
            raise invalid(f"output {name} is asked for {times} times; expected once")


def not_served(model: str, models: Collection[str]) -> Refusal:
    served = ", ".join(sorted(filter(None, models)))
    return Refusal(
        grpc.StatusCode.NOT_FOUND,
        f"InvalidRequest: model {quoted(model)} is not served here; expected {served}",
    )


def check_version(version: str) -> None:
    """Raises Refusal where a model has no such version."""
    if version not in VERSIONS:
        raise invalid(f"model_version is {quoted(version)}; expected '1', or none")


def check_id(request_id: str) -> None:
    """Raises Refusal for an id that no caller may use."""
    if not usable_id(request_id):
        raise invalid(
            f"id is {quoted(request_id)} of {len(request_id)} characters; expected at most "
            f"{MOST_ID} printable ones, and not {CANARY_ID!r}, which is the server's own"
        )


def usable_id(request_id: str) -> bool:
    """The server's own id would make a call count as nobody's, and answer from any gallery."""
    return request_id.isprintable() and len(request_id) <= MOST_ID and request_id != CANARY_ID


def _check_parameter(name: str, parameters: Parameters, accepted: Accepted) -> None:
    option = next((each for each in accepted.model.options if each.name == name), None)
    if option is None:
        known = ", ".join(f"{each.name} ({each.kind})" for each in accepted.model.options)
        raise _option(
            f"{accepted.model.name} has no parameter {quoted(name)}; "
            f"expected {'some of ' + known if known else 'none'}{_hint(name)}"
        )
    kind, value = parameters[name]
    carriers = _CARRIERS[option.kind]
    if kind not in carriers:
        raise _option(
            f"{name} comes as {_GIVEN.get(kind, kind)}; expected {_WANTED[option.kind]} "
            f"({' or '.join(carriers)})"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise _option(f"{name} is {value}; expected a finite number")
    if isinstance(value, str) and not (value.isprintable() and len(value) <= _MOST_STRING):
        raise _option(
            f"{name} is {quoted(value)} of {len(value)} characters; expected at most "
            f"{_MOST_STRING} printable ones"
        )


def _none_of(parameters: Parameters, what: str) -> None:
    for name in parameters:
        raise invalid(f"{what} has a parameter {quoted(name)}; expected none{_hint(name)}")


def _hint(name: str) -> str:
    return f" ({_INSTEAD[name]})" if name in _INSTEAD else ""


def _option(words: str) -> Refusal:
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"InvalidOption: {words}")

"""Between Triton's Python backend and the core: requests in, responses out, errors to codes.

Imported only by the `model.py` adapters, inside the server.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

import numpy as np
import triton_python_backend_utils as pb

from vislex.calls import CANARY_ID, WantedCalls
from vislex.contract.spec import ModelSpec, OptionSpec, Tensors, TensorSpec
from vislex.errors import Abandoned, InvalidInput, ModelFailed
from vislex.triton.orphan import end_with_parent

end_with_parent()  # here, as every worker imports this module

T = TypeVar("T")
V = TypeVar("V", bool, int, float, str)

_DIGEST_DIGITS = 16

# Kind of error -> name of Triton's code. Names, because Triton adds `TritonError` to its module
# only after ours are imported.
_CODES: tuple[tuple[type[Exception], str], ...] = (
    (InvalidInput, "INVALID_ARG"),
    (Abandoned, "CANCELLED"),
    (ModelFailed, "UNAVAILABLE"),
    (Exception, "INTERNAL"),
)


def inputs_of(request: Any, model: ModelSpec) -> Tensors:
    """The request's tensors by name, as CPU arrays with a leading batch axis."""
    return {
        spec.name: pb.get_input_tensor_by_name(request, spec.name).as_numpy()
        for spec in model.inputs
    }


def parameters_of(request: Any) -> dict[str, Any]:
    """The request's parameters. Raises Abandoned where nobody waits for the answer any more."""
    parameters = _parameters(request)
    _calls().check(parameters)
    return parameters


def option_of(request: Any, option: OptionSpec[V]) -> V:
    """One option of the request, or its default. Raises InvalidOption, and Abandoned as above."""
    return option.parse(parameters_of(request).get(option.name, option.default))


def note(request: Any, model: ModelSpec, **fields: Any) -> None:
    """Adds to the request's line in the log; see `vislex.calls`. Never content."""
    _calls().note(_parameters(request), model.name, fields)


def is_canary(request: Any) -> bool:
    """Whether the gateway itself asks, to see that every stage lives."""
    return bool(request.request_id() == CANARY_ID)


def file_fields(data: bytes) -> dict[str, Any]:
    """What a log may say of an image file: enough to find it again, not to see it."""
    digest = hashlib.sha256(data).hexdigest()
    return {"image_bytes": len(data), "image_sha256": digest[:_DIGEST_DIGITS]}


def _parameters(request: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = json.loads(request.parameters() or "{}")
    return parameters


@cache
def _calls() -> WantedCalls:
    return WantedCalls(os.environ)


def respond(model: ModelSpec, values: Tensors) -> Any:
    """A response with `values`, which are outputs of `model`."""
    specs = {spec.name: spec for spec in model.outputs}
    return pb.InferenceResponse([_tensor(specs[name], value) for name, value in values.items()])


def fail(error: Exception) -> Any:
    """A response that carries an error, with the Triton code its kind maps to."""
    code = getattr(pb.TritonError, next(name for kind, name in _CODES if isinstance(error, kind)))
    # The kind leads: Triton has one code for all bad input, and the client tells them apart by it.
    return pb.InferenceResponse(error=pb.TritonError(f"{type(error).__name__}: {error}", code))


def answer_each(requests: Sequence[Any], answer: Callable[[Any], Any]) -> list[Any]:
    """One response a request; a request that fails fails alone."""
    responses = []
    for request in requests:
        try:
            responses.append(answer(request))
        except Exception as error:
            pb.Logger.log_verbose(f"request {request.request_id()!r}: {error!r}")
            responses.append(fail(error))
    return responses


def answer_batch(
    requests: Sequence[Any],
    unpack: Callable[[Any], T],
    answer: Callable[[list[T]], list[Any]],
    failed: Callable[[Exception], Any] = fail,
) -> list[Any]:
    """Unpacks each request on its own, answers those that unpack together, in request order.

    `answer` gives one response for each item, `failed` that of a request which cannot be answered.
    If the batch fails as a whole, each item is tried alone, so that one that breaks a model does
    not take its neighbours with it.
    """
    items: dict[int, T] = {}
    responses: dict[int, Any] = {}
    for i, request in enumerate(requests):
        try:
            items[i] = unpack(request)
        except Exception as error:
            responses[i] = failed(error)
    try:
        responses |= zip(items, answer(list(items.values())) if items else [], strict=True)
    except Exception:
        for i, item in items.items():
            try:
                responses[i] = answer([item])[0]
            except Exception as error:
                responses[i] = failed(error)
    return [responses[i] for i in range(len(requests))]


def _tensor(spec: TensorSpec, value: Any) -> Any:
    dtype = object if spec.dtype == "bytes" else np.dtype(spec.dtype)
    return pb.Tensor(spec.name, np.asarray(value, dtype=dtype))

"""The Python-based backends' own part, over a stand-in for Triton's utilities."""

import json
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vislex.contract.spec import Tensors
from vislex.errors import ModelFailed, RepositoryError
from vislex.infer import Run

ARGS = {
    "model_name": "doubler",
    "model_repository": "/models/doubler",
    "model_version": "3",
    "model_instance_kind": "CPU",
    "model_config": json.dumps({
        "default_model_filename": "",
        "input": [{"name": "IN"}, {"name": "SHIFT"}],
        "output": [{"name": "DOUBLED"}],
        "parameters": {"HINT_BF16": {"string_value": "YES"}},
    }),
}  # fmt: skip


class Tensor:
    def __init__(self, name: str, value: NDArray[Any]) -> None:
        self.name, self.value = name, value

    def as_numpy(self) -> NDArray[Any]:
        return self.value


class Error:
    UNAVAILABLE, INVALID_ARG, INTERNAL = "unavailable", "invalid", "internal"

    def __init__(self, message: str, code: str) -> None:
        self.message, self.code = message, code


class Response:
    def __init__(self, tensors: Sequence[Tensor] = (), error: Error | None = None) -> None:
        self.tensors, self.error = tensors, error


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module, with what it imports from Triton replaced."""
    fake = SimpleNamespace(
        Tensor=Tensor,
        TritonError=Error,
        InferenceResponse=Response,
        get_input_tensor_by_name=lambda request, name: Tensor(name, request[name]),
    )
    monkeypatch.setitem(sys.modules, "triton_python_backend_utils", fake)
    for name in ("vislex.triton.requests", "vislex.triton.backend"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield import_module("vislex.triton.backend")
    for name in ("vislex.triton.requests", "vislex.triton.backend"):
        sys.modules.pop(name, None)


class Doubler:
    """Opens as 2 * IN + SHIFT; remembers what it was asked; cannot bear a 13."""

    def __init__(self) -> None:
        self.opened: list[tuple[Path, dict[str, str]]] = []
        self.batches: list[int] = []

    def open(self, path: Path, parameters: dict[str, str]) -> Run:
        self.opened.append((path, parameters))
        return self.run

    def run(self, names: Any, inputs: Tensors) -> Tensors:
        if 13 in inputs["IN"]:
            raise ModelFailed("13")
        self.batches.append(len(inputs["IN"]))
        return {"DOUBLED": 2 * inputs["IN"] + inputs["SHIFT"]}


def request(*values: int) -> dict[str, NDArray[np.int32]]:
    column = np.array(values, np.int32)[:, np.newaxis]
    return {"IN": column, "SHIFT": np.ones_like(column)}


def test_requests_of_a_call_are_one_batch_and_each_gets_its_part(stand_in: Any) -> None:
    doubler = Doubler()
    backend = stand_in.StandIn(ARGS, doubler.open, "model.any")
    responses = backend.execute([request(1), request(2, 3), request(4)])
    assert doubler.opened == [(Path("/models/doubler/3/model.any"), {"HINT_BF16": "YES"})]
    assert doubler.batches == [4]
    answers = [[(t.name, t.value.ravel().tolist()) for t in r.tensors] for r in responses]
    assert answers == [[("DOUBLED", [3])], [("DOUBLED", [5, 7])], [("DOUBLED", [9])]]


def test_a_request_that_breaks_the_model_breaks_no_other(stand_in: Any) -> None:
    doubler = Doubler()
    backend = stand_in.StandIn(ARGS, doubler.open, "model.any")
    first, broken, last = backend.execute([request(1), request(13), request(2)])
    assert [r.tensors[0].value.ravel().tolist() for r in (first, last)] == [[3], [5]]
    assert (broken.error.code, broken.error.message) == ("unavailable", "ModelFailed: 13")


def test_a_file_the_config_names_is_the_one_that_is_opened(stand_in: Any) -> None:
    config = {**json.loads(ARGS["model_config"]), "default_model_filename": "other.any"}
    doubler = Doubler()
    stand_in.StandIn({**ARGS, "model_config": json.dumps(config)}, doubler.open, "model.any")
    assert doubler.opened[0][0] == Path("/models/doubler/3/other.any")


def test_an_instance_on_a_gpu_is_refused(stand_in: Any) -> None:
    with pytest.raises(RepositoryError, match=r"doubler asks for a GPU, .* NVIDIA's container"):
        stand_in.StandIn({**ARGS, "model_instance_kind": "GPU"}, Doubler().open, "model.any")

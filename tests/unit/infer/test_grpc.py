"""Asking a server's models: what is sent, and which failures are tried again."""

from typing import Any

import numpy as np
import pytest
from tritonclient.utils import InferenceServerException
from vislex_client.pace import Pace

from index_builder.ingest.models import _in_turn
from vislex.contract.images import CANVAS, OCR_DET, TEXT_MAP
from vislex.errors import LateAnswer, ModelFailed
from vislex.infer.grpc import GrpcInfer

INPUTS = {CANVAS.name: np.zeros((2, 32, 64, 3), np.uint8)}


class Answer:
    def as_numpy(self, name: str) -> Any:
        return {TEXT_MAP.name: np.ones((2, 32, 64), np.float32)}[name]


class Server:
    """Fails as it was told, then answers."""

    def __init__(self, *failures: str) -> None:
        self.failures = list(failures)
        self.asked: list[tuple[str, Any]] = []

    def infer(self, name: str, inputs: Any, outputs: Any) -> Answer:
        self.asked.append((name, [(one.name(), one.shape(), one.datatype()) for one in inputs]))
        if self.failures:
            raise InferenceServerException(msg="no luck", status=self.failures.pop(0))
        return Answer()


def infer_over(server: Server, pace: Pace | None = None) -> GrpcInfer:
    infer = GrpcInfer("host:1", waits_s=(0, 0), told=pace.told if pace else bool)
    infer._client = server
    return infer


def test_a_model_is_asked_by_the_names_of_the_contract() -> None:
    server = Server()
    found = infer_over(server)(OCR_DET, INPUTS)
    assert server.asked == [("ocr_det", [("CANVAS", [2, 32, 64, 3], "UINT8")])]
    assert found[TEXT_MAP.name].shape == (2, 32, 64)


def test_a_server_that_is_not_available_is_asked_again() -> None:
    server = Server("StatusCode.UNAVAILABLE", "StatusCode.UNAVAILABLE")
    infer_over(server)(OCR_DET, INPUTS)
    assert len(server.asked) == 3


def test_a_server_that_is_full_or_late_is_told() -> None:
    heard: list[bool] = []
    server = Server("StatusCode.RESOURCE_EXHAUSTED", "StatusCode.DEADLINE_EXCEEDED")
    infer = GrpcInfer("host:1", waits_s=(0, 0), told=heard.append)
    infer._client = server
    with pytest.raises(LateAnswer, match="ocr_det at host:1: no luck"):
        infer(OCR_DET, INPUTS)
    infer(OCR_DET, INPUTS)
    assert heard == [True, True, False]


def test_a_builder_asks_a_late_server_again_in_turn() -> None:
    server = Server("StatusCode.DEADLINE_EXCEEDED")
    pace = Pace(4)
    found = _in_turn(infer_over(server, pace), pace)(OCR_DET, INPUTS)
    assert found[TEXT_MAP.name].shape == (2, 32, 64)
    assert (len(server.asked), pace.places) == (2, 2)


@pytest.mark.parametrize(
    ("failures", "tries"),
    [(["StatusCode.UNAVAILABLE"] * 3, 3), (["StatusCode.INVALID_ARGUMENT"], 1)],
)
def test_what_does_not_pass_is_named(failures: list[str], tries: int) -> None:
    server = Server(*failures)
    with pytest.raises(ModelFailed, match="ocr_det at host:1: no luck"):
        infer_over(server)(OCR_DET, INPUTS)
    assert len(server.asked) == tries

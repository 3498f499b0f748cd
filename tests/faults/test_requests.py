"""Mutated requests: each is answered right or refused with a clean code, and nothing restarts."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import grpc
import pytest
from PIL import Image
from tritonclient.grpc import service_pb2

from tests.faults.request_mutator import mutated_request
from tests.images import SAMPLES, encoded, quarters
from tests.service import RESTARTS, child_of, group_members, infer, scrape
from tests.unit.client.stand_in import StandIn, served
from tests.unit.gateway.in_process import ACCEPTED, connected, relay_over
from vislex.contract.galleries import GALLERY
from vislex.contract.images import EMBED, READ
from vislex.contract.models import MODELS
from vislex.contract.screens import CLASSIFY
from vislex.gateway.accepted import Accepted
from vislex.gateway.upstream import INFERENCE
from vislex.serving.background import RunningService

SCREEN = (SAMPLES / "queries" / "ayh_amount" / "00.webp").read_bytes()
IMAGES = [encoded(Image.fromarray(quarters()), kind) for kind in ("PNG", "JPEG", "WEBP")]
PUBLIC = {spec.name: spec for spec in (CLASSIFY, EMBED, READ, GALLERY)}
OPTIONS = {
    "alpha": {"double_param", "int64_param"}, "top_k": {"int64_param"}, "read": {"bool_param"},
    "decide": {"bool_param"}, "ranking": {"string_param"}, "gallery": {"string_param"},
    "gallery_version": {"string_param"}, "vislex_call": {"int64_param"},
}  # fmt: skip
CLEAN = {"INVALID_ARGUMENT": "Invalid", "NOT_FOUND": "InvalidRequest: model "}
DTYPES = {"bytes": "BYTES", "float32": "FP32"}


def check_sent(request: Any) -> None:
    """What Triton may be sent, said once more in other words than the gateway's."""
    spec = PUBLIC[request.model_name]
    assert request.model_version in ("", "1")
    assert request.id.isprintable()
    assert request.id != "canary"
    for name, value in request.parameters.items():
        assert value.WhichOneof("parameter_choice") in OPTIONS[name]
        assert spec is CLASSIFY or name == "vislex_call"
    (tensor,) = request.inputs
    assert (tensor.name, tensor.datatype, list(tensor.shape)) == (
        spec.inputs[0].name, "BYTES", [1, 1],
    )  # fmt: skip
    assert not tensor.parameters
    if tensor.HasField("contents"):
        assert not request.raw_input_contents
        assert [(f.name, len(v)) for f, v in tensor.contents.ListFields()] == [
            ("bytes_contents", 1)
        ]
    else:
        (raw,) = request.raw_input_contents
        assert int.from_bytes(raw[:4], "little") == len(raw) - 4
    asked = [output.name for output in request.outputs]
    assert len(asked) == len(set(asked))
    assert set(asked) <= {output.name for output in spec.outputs}
    assert not any(output.parameters for output in request.outputs)


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.long)])
def test_nothing_unknown_reaches_the_server(tmp_path: Path, count: int) -> None:
    """Through a real gateway to a stand-in for Triton, which keeps what it was sent."""
    triton = StandIn()
    relay = relay_over(tmp_path)
    models = {**ACCEPTED, **{spec.name: Accepted(spec) for spec in (EMBED, READ)}}
    relay = type(relay)(**{**vars(relay), "models": models})
    outcomes: Counter[str] = Counter()

    async def run(url: str) -> None:
        async with connected(url, relay) as channel:
            for seed in range(count):
                _, body = mutated_request(seed, IMAGES)
                before = len(triton.requests)
                try:
                    await channel.unary_unary(INFERENCE + "ModelInfer")(body)
                    outcomes["passed"] += 1
                    assert len(triton.requests) == before + 1
                except grpc.aio.AioRpcError as error:
                    outcomes[error.code().name] += 1
                    assert (error.details() or "").startswith(CLEAN[error.code().name]), seed
                    assert len(triton.requests) == before, seed

    with served(triton) as url:
        asyncio.run(run(url))
    for request in triton.requests:
        check_sent(request)
    assert set(outcomes) == {"passed", *CLEAN}
    assert min(outcomes["passed"], outcomes["INVALID_ARGUMENT"]) > count // 5, outcomes


@dataclass(frozen=True)
class Asked:
    """What decides the answer of a request."""

    model: str
    content: bytes
    parameters: frozenset[tuple[str, bytes]]  # name -> an InferParameter's bytes


class Reference:
    """What a plain request is answered: one input, raw, no outputs named."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel
        self.answer = cache(self._answer)

    def _answer(self, asked: Asked) -> dict[str, tuple[str, tuple[int, ...], bytes]] | str:
        """Each output's datatype, shape and content, or the code that refuses it."""
        message = service_pb2.ModelInferRequest(model_name=asked.model)
        name = PUBLIC[asked.model].inputs[0].name
        message.inputs.add(name=name, datatype="BYTES", shape=[1, 1])
        message.raw_input_contents.append(len(asked.content).to_bytes(4, "little") + asked.content)
        for key, value in asked.parameters:
            message.parameters[key].ParseFromString(value)
        try:
            return outputs_of(ask(self._channel, message.SerializeToString()))
        except grpc.RpcError as error:
            return str(error.code().name)


def ask(channel: grpc.Channel, body: bytes) -> Any:
    return service_pb2.ModelInferResponse.FromString(infer(channel)(body, timeout=120))


def outputs_of(response: Any) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    return {
        output.name: (output.datatype, tuple(output.shape), raw)
        for output, raw in zip(response.outputs, response.raw_output_contents, strict=True)
    }


def asked_of(request: Any) -> Asked:
    typed = request.inputs[0].contents.bytes_contents
    content = typed[0] if typed else request.raw_input_contents[0][4:]
    values = {(name, v.SerializeToString()) for name, v in request.parameters.items()}
    return Asked(request.model_name, content, frozenset(values))


def check_answer(body: bytes, response: Any, reference: Reference) -> None:
    """Right: exactly the outputs asked for, each as a plain request gets it."""
    request = service_pb2.ModelInferRequest.FromString(body)
    check_sent(request)
    expected = reference.answer(asked_of(request))
    assert not isinstance(expected, str), expected
    names = {output.name for output in request.outputs} or set(expected)
    assert outputs_of(response) == {name: expected[name] for name in names}
    assert (response.id, response.model_name) == (request.id, request.model_name)
    for spec in MODELS[request.model_name].outputs:
        if spec.name in names:
            assert expected[spec.name][0] == DTYPES[spec.dtype]


@pytest.mark.parametrize("count", [150, pytest.param(10_000, marks=pytest.mark.long)])
def test_the_server_survives_mutated_requests(service: RunningService, count: int) -> None:
    """Four at a time against gateway and Triton: no restart, no worker lost, every answer right."""
    restarts = scrape(service)[RESTARTS]
    stubs = group_members(child_of(service.process.pid))
    images = [*IMAGES, SCREEN, b"no image"]
    with grpc.insecure_channel(service.grpc_url) as channel:
        reference = Reference(channel)
        screen = reference.answer(Asked("classify", SCREEN, frozenset()))
        assert not isinstance(screen, str)
        assert screen["LABEL"][2][4:] == b"ayh_amount"

        def send(seed: int) -> str:
            _, body = mutated_request(seed, images)
            try:
                response = ask(channel, body)
            except grpc.RpcError as error:
                code, details = error.code().name, error.details()
                assert code in CLEAN, f"seed {seed}: {code} {details}"
                assert CLEAN[code] in details, f"seed {seed}: {details}"
                return str(code)
            try:
                check_answer(body, response, reference)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}") from error
            return "answered"

        with ThreadPoolExecutor(4) as pool:
            outcomes = Counter(pool.map(send, range(count)))
        assert set(outcomes) == {"answered", *CLEAN}
        assert min(outcomes["answered"], outcomes["INVALID_ARGUMENT"]) > count // 5, outcomes
        print(dict(outcomes))
    assert scrape(service)[RESTARTS] == restarts
    assert group_members(child_of(service.process.pid)) == stubs

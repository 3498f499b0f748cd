"""The gateway over a stand-in for Triton: what comes through, what is refused, what is shielded."""

import asyncio
import logging
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from tritonclient.grpc import service_pb2

from tests.unit.client.stand_in import StandIn, answer, fails, response, served
from tests.unit.gateway.in_process import address, connected, gateway_over, relay_over
from vislex.gateway import wire
from vislex.gateway.refusal import without_ensemble
from vislex.gateway.relay import Relay
from vislex.gateway.tokens import Tokens
from vislex.gateway.upstream import INFERENCE

Infer = Callable[..., Awaitable[bytes]]
REQUEST = service_pb2.ModelInferRequest.FromString(
    wire.image_request("classify", "IMAGE", b"abc") + wire.request_id("one")
)


class Slow(StandIn):
    """Answers when `go` is set, and notes which calls were cancelled meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.done = 0
        self.cancelled = 0
        self.infer = self._wait

    def _wait(self, request: Any, context: Any) -> Any:
        self.go.wait(120)
        self.cancelled += not context.is_active()
        self.done += 1
        return response(answer(), request)


@pytest.fixture
def triton() -> Iterator[tuple[Slow, str]]:
    servicer = Slow()
    with served(servicer) as url:
        yield servicer, url
        servicer.go.set()


def ask(channel: grpc.aio.Channel, method: str = "ModelInfer", body: bytes | None = None,
        **options: Any) -> Any:  # fmt: skip
    full = method if method.startswith("/") else INFERENCE + method
    return channel.unary_unary(full)(
        REQUEST.SerializeToString() if body is None else body, **options
    )


async def refused(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


async def until(condition: Callable[[], bool], timeout_s: float = 120.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def test_a_call_passes_through_and_back(tmp_path: Path, triton: tuple[Slow, str]) -> None:
    servicer, url = triton
    servicer.go.set()

    async def run(relay: Relay) -> None:
        async with connected(url, relay) as channel:
            found = service_pb2.ModelInferResponse.FromString(await ask(channel))
        assert found == response(answer(), REQUEST)
        sent = servicer.requests[0]
        assert sent.raw_input_contents == REQUEST.raw_input_contents
        assert "vislex_call" in sent.parameters
        assert relay.admission.in_flight == 0
        assert relay.metrics.by_code == {"OK": 1}

    asyncio.run(run(relay_over(tmp_path)))


def test_more_than_the_slots_is_shed_at_once(tmp_path: Path, triton: tuple[Slow, str]) -> None:
    servicer, url = triton

    async def run(relay: Relay) -> None:
        async with connected(url, relay) as channel:
            inside = [asyncio.ensure_future(ask(channel)) for _ in range(2)]
            await until(lambda: relay.admission.full)
            began = time.monotonic()
            error = await refused(ask(channel))
            assert time.monotonic() - began < 60
            assert error.code() == grpc.StatusCode.UNAVAILABLE
            assert "Overloaded: all 2 calls" in (error.details() or "")
            trailers = dict(error.trailing_metadata())
            assert 50 <= int(trailers["retry-after-ms"]) <= 5000
            assert trailers["grpc-retry-pushback-ms"] == trailers["retry-after-ms"]
            assert relay.metrics.shed == 1
            servicer.go.set()
            await asyncio.gather(*inside)
            await ask(channel)  # there is room again

    asyncio.run(run(relay_over(tmp_path, slots=2)))


@pytest.mark.parametrize("how", ["cancels", "disconnects", "deadline"])
def test_a_client_that_leaves_is_not_felt_by_triton(
    tmp_path: Path, triton: tuple[Slow, str], how: str
) -> None:
    servicer, url = triton

    async def run(relay: Relay) -> None:
        async with gateway_over(url, relay) as (_, face):
            channel = grpc.aio.insecure_channel(address(face))
            timeout = 3 if how == "deadline" else None
            calls = [ask(channel, timeout=timeout) for _ in range(3)]
            await until(lambda: len(servicer.requests) == 3)
            if how == "cancels":
                for call in calls:
                    call.cancel()
            if how == "disconnects":
                await channel.close()
            await asyncio.gather(*map(asyncio.ensure_future, calls), return_exceptions=True)
            await asyncio.sleep(0.2)
            assert relay.admission.in_flight == 3  # held until the server is done with them
            servicer.go.set()
            await until(lambda: relay.admission.in_flight == 0)
            await channel.close()
        assert (servicer.done, servicer.cancelled) == (3, 0)
        code = "DEADLINE_EXCEEDED" if how == "deadline" else "CANCELLED"
        assert sum(relay.metrics.by_code.values()) == 3
        assert set(relay.metrics.by_code) <= {code, "CANCELLED"}

    asyncio.run(run(relay_over(tmp_path)))


def test_a_call_without_a_deadline_gets_one(tmp_path: Path, triton: tuple[Slow, str]) -> None:
    servicer, url = triton

    async def run(relay: Relay) -> None:
        async with connected(url, relay) as channel:
            error = await refused(ask(channel))
            assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
            servicer.go.set()
            await until(lambda: relay.admission.in_flight == 0)

    asyncio.run(run(relay_over(tmp_path, longest_s=0.2)))


def test_what_triton_refuses_is_passed_on(tmp_path: Path, triton: tuple[Slow, str]) -> None:
    servicer, url = triton
    servicer.infer = fails(grpc.StatusCode.INVALID_ARGUMENT, "InvalidImage: 微 is no image")

    async def run(relay: Relay) -> None:
        async with connected(url, relay) as channel:
            error = await refused(ask(channel))
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
            assert error.details() == "InvalidImage: 微 is no image"
        assert not relay.state.sick.is_set()

    asyncio.run(run(relay_over(tmp_path)))


def test_a_refusal_within_an_ensemble_begins_with_its_kind(
    tmp_path: Path, triton: tuple[Slow, str], caplog: pytest.LogCaptureFixture
) -> None:
    servicer, url = triton
    said = "InvalidOption: gallery is 'toys'; expected one of apps, games"
    servicer.infer = fails(grpc.StatusCode.INVALID_ARGUMENT, f"in ensemble 'classify', {said}")

    async def run(relay: Relay) -> None:
        async with connected(url, relay) as channel:
            error = await refused(ask(channel))
            assert error.details() == said

    with caplog.at_level(logging.INFO, "vislex.requests"):
        asyncio.run(run(relay_over(tmp_path)))
    (line,) = [each for each in caplog.records if each.name == "vislex.requests"]
    assert "reason=InvalidOption " in line.getMessage()


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ("in ensemble 'a', in ensemble 'b', InvalidImage: torn", "InvalidImage: torn"),
        ("InvalidOption: in ensemble 'a', is no gallery", "InvalidOption: in ensemble 'a', is no "
         "gallery"),
        ("", ""),
    ],
)  # fmt: skip
def test_only_what_triton_puts_before_the_words_is_left_out(details: str, words: str) -> None:
    assert without_ensemble(details) == words


def test_a_dead_worker_is_reported(tmp_path: Path, triton: tuple[Slow, str]) -> None:
    servicer, url = triton
    words = "in ensemble 'classify', Stub process 'ocr_0_1' is not healthy."
    servicer.infer = fails(grpc.StatusCode.INTERNAL, words)

    async def run(relay: Relay) -> None:
        async with connected(url, relay) as channel:
            error = await refused(ask(channel))
            assert error.code() == grpc.StatusCode.UNAVAILABLE
            assert (error.details() or "").startswith("WorkerDied: Stub process 'ocr_0_1' is")
        assert relay.state.sick.is_set()
        assert relay.state.illness == words

    asyncio.run(run(relay_over(tmp_path)))


def test_without_a_server_calls_are_told_so(tmp_path: Path) -> None:
    async def run(relay: Relay) -> None:
        async with connected(None, relay) as channel:
            for method in ("ModelInfer", "ServerMetadata"):
                error = await refused(ask(channel, method))
                assert error.code() == grpc.StatusCode.UNAVAILABLE
                assert "NotReady: the model server is starting" in (error.details() or "")
            assert await ask(channel, "ServerLive", b"") == b"\x08\x01"
            assert await ask(channel, "ServerReady", b"") == b""
            assert await ask(channel, "ModelReady", b"") == b""
            relay.state.closed = True
            assert "Draining" in str((await refused(ask(channel))).details())

    asyncio.run(run(relay_over(tmp_path)))


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"\x0a\xff", grpc.StatusCode.INVALID_ARGUMENT, "not a ModelInferRequest"),
        (b"", grpc.StatusCode.NOT_FOUND, "model '' is not served here; expected classify, gal"),
        (b"\x0a\x03cor", grpc.StatusCode.NOT_FOUND, "model 'cor' is not served here"),
        (bytes(3 << 20), grpc.StatusCode.RESOURCE_EXHAUSTED, "larger than max .* vs. 2097152"),
    ],
)
def test_what_is_no_call_for_us_is_refused(
    tmp_path: Path, triton: tuple[Slow, str], body: bytes, code: grpc.StatusCode, words: str
) -> None:
    servicer, url = triton

    async def run(relay: Relay) -> str:
        async with connected(url, relay, max_message_bytes=2 << 20) as channel:
            error = await refused(ask(channel, body=body))
            assert error.code() == code
            assert relay.admission.in_flight == 0
            return str(error.details())

    assert re.search(words, asyncio.run(run(relay_over(tmp_path))))
    assert servicer.requests == []


@pytest.mark.parametrize(
    "method",
    [
        "RepositoryModelLoad", "RepositoryModelUnload", "RepositoryIndex", "ModelConfig",
        "SystemSharedMemoryRegister", "SystemSharedMemoryStatus", "CudaSharedMemoryRegister",
        "TraceSetting", "LogSettings", "ModelStreamInfer",
    ],
)  # fmt: skip
def test_what_is_not_listed_is_not_there(
    tmp_path: Path, triton: tuple[Slow, str], method: str
) -> None:
    _, url = triton

    async def run(relay: Relay) -> None:
        async with connected(url, relay) as channel:
            error = await refused(ask(channel, method, b""))
            assert error.code() == grpc.StatusCode.UNIMPLEMENTED

    asyncio.run(run(relay_over(tmp_path)))


def test_a_token_is_asked_for(tmp_path: Path, triton: tuple[Slow, str]) -> None:
    servicer, url = triton
    servicer.go.set()
    file = tmp_path / "tokens"
    file.write_text("# ours\nfirst-token\nsecond-token\n")

    def bearing(word: str) -> dict[str, Any]:
        return {"metadata": (("authorization", word),)}

    async def run(relay: Relay) -> None:
        async with connected(url, relay, tokens=Tokens(file)) as channel:
            for wrong in ({}, bearing("Bearer wrong"), bearing("first-token"),
                          bearing("Bearer "), bearing("Bearer # ours")):  # fmt: skip
                for method in ("ModelInfer", "ServerMetadata", "ServerReady",
                               "/grpc.health.v1.Health/Check"):  # fmt: skip
                    error = await refused(ask(channel, method, **wrong))
                    assert error.code() == grpc.StatusCode.UNAUTHENTICATED
            await ask(channel, **bearing("Bearer second-token"))
            await ask(channel, **bearing("bearer first-token"))
            file.write_text("third-token-now\n")
            await ask(channel, **bearing("Bearer third-token-now"))
            error = await refused(ask(channel, **bearing("Bearer first-token")))
            assert error.code() == grpc.StatusCode.UNAUTHENTICATED
            file.unlink()  # what was read stays
            await ask(channel, **bearing("Bearer third-token-now"))
        assert len(servicer.requests) == 4

    asyncio.run(run(relay_over(tmp_path)))


def test_what_is_not_known_never_reaches_triton(tmp_path: Path, triton: tuple[Slow, str]) -> None:
    """`class_count` of tritonclient on a BYTES output ends Triton 24.10 with SIGFPE."""
    servicer, url = triton
    servicer.go.set()
    asked = service_pb2.ModelInferRequest.FromString(REQUEST.SerializeToString())
    asked.outputs.add(name="LABEL").parameters["classification"].int64_param = 1

    async def run(relay: Relay) -> None:
        async with connected(url, relay) as channel:
            error = await refused(ask(channel, body=asked.SerializeToString()))
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
            assert "output LABEL of classify has a parameter 'classification'" in error.details()
            assert servicer.requests == []
            await until(lambda: relay.metrics.by_code == {"INVALID_ARGUMENT": 1})

    asyncio.run(run(relay_over(tmp_path)))


@pytest.mark.parametrize(
    ("method", "body", "code", "words"),
    [
        ("ModelMetadata", wire.field(1, b"classify") + wire.field(2, b"7"), "INVALID_ARGUMENT",
         "model_version is '7'; expected '1'"),
        ("ModelMetadata", wire.field(1, b"nothing"), "NOT_FOUND", "'nothing' is not served here"),
        ("ModelMetadata", b"", "NOT_FOUND", "'' is not served here"),
        ("ModelMetadata", wire.field(1, b"classify") + wire.field(3, b""), "INVALID_ARGUMENT",
         "not a ModelMetadataRequest: it has a field 3"),
        ("ModelStatistics", wire.field(1, b"nothing"), "NOT_FOUND", "; expected classify, match"),
        ("ModelReady", wire.field(1, b"match"), "NOT_FOUND", "'match' is not served here"),
        ("ServerMetadata", wire.field(1, b"x"), "INVALID_ARGUMENT", "expected fields: none"),
        ("ServerLive", wire.field(1, b"x"), "INVALID_ARGUMENT", "not a ServerLiveRequest: it has"),
        ("ServerReady", b"\xff", "INVALID_ARGUMENT", "not a ServerReadyRequest: a number does not"),
        ("/grpc.health.v1.Health/Check", wire.field(1, b"x" * 9999), "NOT_FOUND", "no service 'x"),
        ("/grpc.health.v1.Health/Check", wire.field(2, b"x"), "INVALID_ARGUMENT", "a field 2"),
    ],
)  # fmt: skip
def test_questions_hold_nothing_unknown(
    tmp_path: Path, triton: tuple[Slow, str], method: str, body: bytes, code: str, words: str
) -> None:
    async def run(relay: Relay) -> None:
        async with connected(triton[1], relay) as channel:
            error = await refused(ask(channel, method, body))
            assert (error.code().name, words in (error.details() or "")) == (code, True)
            match = wire.field(1, b"match")  # a part may be asked about, though not called
            assert await ask(channel, "ModelMetadata", match)

    asyncio.run(run(relay_over(tmp_path)))


def test_headers_pass_on_where_they_are_what_they_should_be(
    tmp_path: Path, triton: tuple[Slow, str]
) -> None:
    servicer, url = triton
    servicer.go.set()
    plain = wire.image_request("classify", "IMAGE", b"abc")
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    async def run(relay: Relay) -> None:
        async with connected(url, relay) as channel:
            for headers in (
                {"traceparent": parent, "tracestate": "a=b", "x-request-id": "from a proxy",
                 "x-other": "1"},
                {"traceparent": "00-nonsense", "tracestate": "a=b", "x-request-id": "canary"},
                {"traceparent": parent, "tracestate": "a" * 513},
            ):  # fmt: skip
                await ask(channel, body=plain, metadata=tuple(headers.items()))

    asyncio.run(run(relay_over(tmp_path)))
    ours = ("traceparent", "tracestate", "x-request-id", "x-other")
    passed = [{k: v for k, v in headers.items() if k in ours} for headers in servicer.headers]
    assert passed == [{"traceparent": parent, "tracestate": "a=b"}, {}, {"traceparent": parent}]
    assert [request.id for request in servicer.requests] == ["from a proxy", "", ""]


def test_nobody_is_let_in_before_a_new_server_is_known_to_be_well(
    tmp_path: Path, triton: tuple[Slow, str]
) -> None:
    """Else a call could be taken for what ails the server, or the other way round."""
    servicer, url = triton
    servicer.go.set()

    async def run(relay: Relay) -> None:
        async with connected(url, relay) as channel:
            relay.state.up(relay.state.channel)
            error = await refused(ask(channel))
            assert "NotReady: no canary has come back yet" in str(error.details())
            relay.state.set_trouble("")
            await ask(channel)
            relay.state.set_trouble("a canary is late")  # under load it waits like any other
            await ask(channel)

    asyncio.run(run(relay_over(tmp_path)))

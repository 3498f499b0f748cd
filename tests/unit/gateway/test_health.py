"""When a canary makes the server unready, and when it wants it restarted."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.unit.client.stand_in import StandIn, answer, fails, response, served
from tests.unit.gateway.in_process import relay_over
from vislex.gateway import health, wire
from vislex.gateway.health import Patience, watch_canaries
from vislex.gateway.state import State
from vislex.serving.canary import canary_request

CANARIES = {"classify": canary_request("classify")}
FAST = Patience(failing_s=0.3, silent_s=1.0, stuck_s=2.0)


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("_BETWEEN_S", 0.05), ("_CANARY_S", 0.2), ("_POLL_S", 0.02)):
        monkeypatch.setattr(health, name, seconds)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def watched(
    folder: Path,
    triton: StandIn,
    check: Callable[[State], Any],
    patience: Patience = FAST,
    canaries: Mapping[str, bytes] = CANARIES,
) -> None:
    """Runs `check` beside a watch over `triton`."""

    async def run() -> None:
        relay = relay_over(folder)
        state = relay.state
        with served(triton) as url:
            channel = grpc.aio.insecure_channel(url)
            watch = asyncio.create_task(watch_canaries(state, relay.admission, canaries, patience))
            state.up(channel)
            try:
                await check(state)
            finally:
                watch.cancel()
                await channel.close()

    asyncio.run(run())


def test_ready_only_once_a_canary_came_back(tmp_path: Path) -> None:
    async def check(state: State) -> None:
        assert not state.ready
        await until(lambda: state.ready)
        assert not state.sick.is_set()

    watched(tmp_path, StandIn(), check)


def test_an_error_is_trouble_at_once_and_a_restart_in_the_end(tmp_path: Path) -> None:
    triton = StandIn()

    async def check(state: State) -> None:
        await until(lambda: state.ready)
        triton.infer = fails(grpc.StatusCode.INTERNAL, "the gallery is gone")
        await until(lambda: not state.ready)
        assert "the gallery is gone" in state.trouble
        assert not state.sick.is_set()
        await until(state.sick.is_set)

    watched(tmp_path, triton, check)


def test_a_dead_worker_wants_a_restart_at_once(tmp_path: Path) -> None:
    triton = StandIn()
    triton.infer = fails(grpc.StatusCode.INTERNAL, "Stub process 'match_0_0' is not healthy.")

    async def check(state: State) -> None:
        await until(state.sick.is_set)
        assert not state.ready

    watched(tmp_path, triton, check, Patience())


class Half(StandIn):
    """Answers what one model is asked, and refuses what another is; both in turn."""

    def __init__(self, broken: str) -> None:
        super().__init__()
        self.broken, self.asked = broken, list[str]()
        self.infer = self._half

    def _half(self, request: Any, context: Any) -> Any:
        self.asked.append(request.model_name)
        if request.model_name == self.broken:
            context.abort(grpc.StatusCode.INTERNAL, f"{self.broken} is gone")
        return response(answer(), request)


@pytest.mark.parametrize("broken", ["classify", "other"])
def test_every_model_with_a_canary_has_to_answer(tmp_path: Path, broken: str) -> None:
    triton = Half(broken)
    canaries = CANARIES | {"other": wire.image_request("other", "IMAGE", b"an image")}

    async def check(state: State) -> None:
        await until(lambda: triton.asked.count(broken) > 1)
        assert state.trouble == f"{broken}: the canary failed: {broken} is gone"
        assert state.proven == 0
        triton.broken = ""
        await until(lambda: state.ready)
        assert set(triton.asked) == {"classify", "other"}
        triton.broken = broken
        await until(lambda: not state.ready)
        await until(state.sick.is_set)

    watched(tmp_path, triton, check, canaries=canaries)


class Hanging(StandIn):
    """Answers nothing until `go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.infer = self._hang

    def _hang(self, request: Any, context: Any) -> Any:
        self.go.wait(120)
        return response(answer(), request)


class Clock:
    """A clock that a test sets, in the place of the `time` module."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_silence_is_trouble_unless_others_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    triton, clock = Hanging(), Clock()
    for module in ("health", "state"):
        monkeypatch.setattr(f"vislex.gateway.{module}.time", clock)

    async def check(state: State) -> None:
        await until(lambda: len(triton.requests) == 1)
        for _ in range(15):  # clients are answered all the while: the canary only waits its turn
            clock.now += 0.03
            state.served()
            await asyncio.sleep(0.03)
            assert "canary has not come back" not in state.trouble
        clock.now += 0.3
        await until(lambda: "has not come back" in state.trouble)
        assert not state.sick.is_set()
        clock.now += 1.0
        await until(state.sick.is_set)  # silent for long
        triton.go.set()
        await until(lambda: state.ready)
        assert len(triton.requests) <= 2  # never more than one at a time

    watched(tmp_path, triton, check)


def test_a_late_canary_takes_back_no_word_of_another(tmp_path: Path) -> None:
    """What a failed canary said holds until all have come back, whatever clients get meanwhile."""
    triton = Hanging()

    async def check(state: State) -> None:
        state.set_trouble("other: the canary failed")
        await until(lambda: len(triton.requests) == 1)
        await until(lambda: "has not come back" in state.trouble)
        state.served()
        await until(lambda: "has not come back" not in state.trouble)
        assert state.trouble == "other: the canary failed"
        triton.go.set()
        await until(lambda: state.ready)

    watched(tmp_path, triton, check, Patience())


def test_a_canary_that_is_gone_is_trouble_whatever_others_see(tmp_path: Path) -> None:
    """Clients that skip reading are answered while the reader hangs."""
    triton = Hanging()

    async def check(state: State) -> None:
        async def others() -> None:
            while True:
                state.served()
                await asyncio.sleep(0.02)

        clients = asyncio.create_task(others())
        await until(lambda: "has not come back" in state.trouble)
        await until(state.sick.is_set)
        clients.cancel()
        triton.go.set()

    watched(tmp_path, triton, check)

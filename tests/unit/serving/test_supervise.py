"""Restarts, what is said of them and when to stop, over a stand-in for `tritonserver`."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from tests.unit.gateway.in_process import connected, relay_over
from vislex.errors import ServerError
from vislex.gateway import health, wire
from vislex.gateway.health import Patience, watch_canaries
from vislex.gateway.upstream import INFERENCE
from vislex.serving.canary import canary_request
from vislex.serving.installation import Installation
from vislex.serving.server import Server
from vislex.serving.settings import Restarts
from vislex.serving.supervise import Plan, supervise

# Says that it is ready, and dies a moment later, or of a request that holds POISON.
SHORT_LIVED = """#!{python}
import os, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
import grpc
port = next(word.split("=")[1] for word in sys.argv if word.startswith("--grpc-port="))
def infer(request, context):
    if b"POISON" in request:
        print("I1120 10:00:00.000000 9 pb_stub.cc:2145]  Non-graceful termination detected. ")
        sys.stdout.flush()
        os.kill(os.getpid(), 8)
        time.sleep(60)  # until it is felt
    return b""
asked = threading.Event()
def ready(request, context):
    asked.set()
    return b"\\x08\\x01"
def handler(answer):
    return grpc.unary_unary_rpc_method_handler(answer)
methods = grpc.method_handlers_generic_handler("inference.GRPCInferenceService", {{
    "ServerReady": handler(ready), "ModelInfer": handler(infer)}})
server = grpc.server(ThreadPoolExecutor(4))
print('E1120 10:00:00.000000 1 server.cc:1] "CudaDriverHelper has not been initialized."')
print('I1120 10:00:00.000000 1 grpc_server.cc:2558] "Started the service"', flush=True)
server.add_generic_rpc_handlers((methods,))
server.add_insecure_port("127.0.0.1:" + port)
server.start()
asked.wait()
time.sleep({seconds})
print("E1120 10:00:00.000000 1 main.cc:1] out of something", flush=True)
sys.exit(3)
"""


def plan_of(folder: Path, script: str, ready_timeout_s: float = 20.0) -> Plan:
    binary = folder / "tritonserver"
    binary.write_text(script)
    binary.chmod(0o755)
    return Plan(Installation(binary, None), folder, {}, folder / "log", ready_timeout_s)


def test_a_server_that_keeps_dying_is_given_up(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, SHORT_LIVED.format(python=sys.executable, seconds=0.3))
    relay = relay_over(tmp_path)
    state, metrics = relay.state, relay.metrics
    ups: list[Server] = []
    restarts = Restarts(at_most=2, within_s=600, first_wait_s=0.01)
    words = "gave up after 2 restarts .* ended with status 3: out of something"
    with pytest.raises(ServerError, match=words):
        asyncio.run(supervise(plan, relay, restarts, lambda server: ups.append(server)))
    assert len(ups) == 3  # the first life and two more
    assert metrics.restarts == 2
    assert state.channel is None
    assert len({server.process.pid for server in ups}) == 3
    assert all(server.process.returncode == 3 for server in ups)
    assert "out of something" in (tmp_path / "log.1").read_text()  # the life before the last


def test_a_first_start_that_fails_is_not_tried_again(tmp_path: Path) -> None:
    script = "#!/bin/sh\necho 'error: no such model repository'; exit 1\n"
    relay = relay_over(tmp_path)
    with pytest.raises(ServerError, match="did not start: no such model repository"):
        asyncio.run(supervise(plan_of(tmp_path, script), relay, Restarts(), lambda server: None))
    assert relay.metrics.restarts == 0


def test_an_ill_server_is_restarted(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, SHORT_LIVED.format(python=sys.executable, seconds=60))
    relay = relay_over(tmp_path)
    state, metrics = relay.state, relay.metrics
    ups: list[Server] = []

    async def run() -> None:
        restarts = Restarts(first_wait_s=0.01)
        task = asyncio.create_task(
            supervise(plan, relay, restarts, lambda server: ups.append(server))
        )
        while len(ups) < 2:
            await asyncio.sleep(0.02)
            if state.channel is not None and len(ups) == 1:
                state.sick.set()
        assert not state.sick.is_set()  # the new life begins well
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(run(), 120))
    assert metrics.restarts == 1
    assert all(server.process.poll() is not None for server in ups)  # and nothing is left


def request(image: str, **parameters: int) -> bytes:
    body = wire.image_request("classify", "IMAGE", image.encode())
    return body + b"".join(wire.int_parameter(*item) for item in parameters.items())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.02)


def test_no_caller_can_end_the_launcher(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten calls that end the server, no two alike, where two restarts would be too many."""
    monkeypatch.setattr(health, "_BETWEEN_S", 0.05)
    relay = relay_over(tmp_path)
    plan = plan_of(tmp_path, SHORT_LIVED.format(python=sys.executable, seconds=60))
    outcomes: list[str] = []

    def back() -> bool:
        return relay.state.ready and relay.state.lives == 1 + outcomes.count("ServerDied")

    async def run() -> None:
        tasks = [
            asyncio.create_task(
                supervise(plan, relay, Restarts(at_most=1, first_wait_s=0.01), lambda _: None)
            ),
            asyncio.create_task(
                watch_canaries(
                    relay.state,
                    relay.admission,
                    {"classify": canary_request("classify")},
                    Patience(),
                )
            ),
        ]
        async with connected(None, relay) as channel:
            infer = channel.unary_unary(INFERENCE + "ModelInfer")
            for i in range(10):
                await until(lambda: tasks[0].done() or back())
                try:
                    await infer(request(f"POISON {i}", top_k=i + 1))
                    outcomes.append("answered")
                except grpc.aio.AioRpcError as error:
                    outcomes.append((error.details() or "").partition(":")[0])
            await until(lambda: relay.state.ready or tasks[0].done())
            assert not tasks[0].done()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    with caplog.at_level("ERROR", "vislex"):
        asyncio.run(asyncio.wait_for(run(), 120))
    assert outcomes == ["ServerDied"] * 3 + ["Quarantined"] * 7
    assert relay.metrics.restarts == relay.metrics.restarts_by_calls == 3
    assert {record.getMessage() for record in caplog.records} == {
        "restarting in 0.0 s: tritonserver ended with status -8 (SIGFPE): the last line of its log:"
        " Started the service (with calls inside)"
    }

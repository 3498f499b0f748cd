"""Restarts, and when to stop them, over a stand-in for the `tritonserver` binary."""

import asyncio
import sys
from pathlib import Path

import pytest

from vislex.errors import ServerError
from vislex.gateway.metrics import GatewayMetrics
from vislex.gateway.state import State
from vislex.serving.installation import Installation
from vislex.serving.server import Server
from vislex.serving.settings import Restarts
from vislex.serving.supervise import Plan, supervise

# Says that it is ready, and dies a moment later; its first argument is its own command line's.
_SHORT_LIVED = """#!{python}
import sys, threading, time
from concurrent.futures import ThreadPoolExecutor
import grpc
port = next(word.split("=")[1] for word in sys.argv if word.startswith("--grpc-port="))
asked = threading.Event()
ready = grpc.unary_unary_rpc_method_handler(
    lambda request, context: asked.set() or b"\\x08\\x01")
methods = grpc.method_handlers_generic_handler(
    "inference.GRPCInferenceService", {{"ServerReady": ready}})
server = grpc.server(ThreadPoolExecutor(1))
server.add_generic_rpc_handlers((methods,))
server.add_insecure_port("127.0.0.1:" + port)
server.start()
asked.wait(120)
time.sleep({seconds})
print("E1120 10:00:00.000000 1 main.cc:1] out of something", flush=True)
sys.exit(3)
"""


def plan_of(folder: Path, script: str) -> Plan:
    binary = folder / "tritonserver"
    binary.write_text(script)
    binary.chmod(0o755)
    return Plan(Installation(binary, None), folder, {}, folder / "log", 120.0)


def test_a_server_that_keeps_dying_is_given_up(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, _SHORT_LIVED.format(python=sys.executable, seconds=0.3))
    state, metrics = State(), GatewayMetrics()
    ups: list[Server] = []
    restarts = Restarts(at_most=2, within_s=600, first_wait_s=0.01)
    words = "gave up after 2 restarts .* ended with status 3: out of something"
    with pytest.raises(ServerError, match=words):
        asyncio.run(supervise(plan, state, metrics, restarts, lambda server: ups.append(server)))
    assert len(ups) == 3  # the first life and two more
    assert metrics.restarts == 2
    assert state.channel is None
    assert len({server.process.pid for server in ups}) == 3
    assert all(server.process.returncode == 3 for server in ups)
    assert "out of something" in (tmp_path / "log.1").read_text()  # the life before the last


def test_a_first_start_that_fails_is_not_tried_again(tmp_path: Path) -> None:
    script = "#!/bin/sh\necho 'error: no such model repository'; exit 1\n"
    metrics = GatewayMetrics()
    with pytest.raises(ServerError, match="did not start: no such model repository"):
        asyncio.run(
            supervise(plan_of(tmp_path, script), State(), metrics, Restarts(), lambda server: None)
        )
    assert metrics.restarts == 0


def test_an_ill_server_is_restarted(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, _SHORT_LIVED.format(python=sys.executable, seconds=60))
    state, metrics = State(), GatewayMetrics()
    ups: list[Server] = []

    async def run() -> None:
        restarts = Restarts(first_wait_s=0.01)
        task = asyncio.create_task(
            supervise(plan, state, metrics, restarts, lambda server: ups.append(server))
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

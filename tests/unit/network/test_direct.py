"""Private connections go straight, whatever proxy the environment names."""

import asyncio
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import grpc
import pytest

from tests.unit.client.stand_in import StandIn, served
from tests.unit.gateway.in_process import relay_over
from tests.unit.serving.test_supervise import SHORT_LIVED, plan_of
from tests.web import Quiet, serving
from vislex.network.direct import NO_PROXY, open_url
from vislex.serving.readable import surroundings
from vislex.serving.settings import Restarts
from vislex.serving.supervise import supervise

NOBODY = "http://127.0.0.1:9"  # no proxy listens there
VARIABLES = ("http_proxy", "HTTP_PROXY", "https_proxy", "grpc_proxy", "all_proxy")


@pytest.fixture(params=VARIABLES)
def a_dead_proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(request.param, NOBODY)


class Answers(Quiet, BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the library's name
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"well")


@pytest.mark.usefixtures("a_dead_proxy")
def test_health_and_metrics_are_asked_for_straight() -> None:
    with serving(Answers) as url, open_url(url, timeout_s=5.0) as answer:
        assert answer.read() == b"well"


@pytest.mark.usefixtures("a_dead_proxy")
def test_a_private_channel_goes_straight() -> None:
    with served(StandIn()) as url, grpc.insecure_channel(url, NO_PROXY) as channel:
        ask = channel.unary_unary("/inference.GRPCInferenceService/ServerLive")
        assert ask(b"", timeout=10) == b"\x08\x01"


@pytest.mark.usefixtures("a_dead_proxy")
def test_the_launcher_sees_that_its_server_is_up(tmp_path: Path) -> None:
    async def until_up() -> None:
        up = asyncio.Event()
        plan = plan_of(tmp_path, SHORT_LIVED.format(python=sys.executable, seconds=60))
        task = asyncio.create_task(
            supervise(plan, relay_over(tmp_path), Restarts(), lambda server: up.set())
        )
        waiting = asyncio.create_task(up.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        assert up.is_set(), task.exception()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(until_up(), 60))


@pytest.mark.parametrize("collector", ["", "localhost", "127.0.0.1", "::1"])
def test_the_server_finds_no_proxy_where_its_traces_go_no_further_than_this_machine(
    collector: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, NOBODY)
    monkeypatch.setenv("no_proxy", ".corp")
    found = surroundings(collector)
    assert [found[name] for name in ("http_proxy", "HTTPS_PROXY", "all_proxy")] == ["", "", ""]
    assert "no_proxy" not in found


def test_traces_that_leave_the_machine_go_as_its_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", NOBODY)
    assert set(surroundings("collector.corp")) == {"LC_ALL"}

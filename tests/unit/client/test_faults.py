"""Both clients against servers that are slow, dying, rejecting, cut off."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import grpc
import pytest
from vislex_client import (
    Cancelled,
    Circuit,
    DeadlineExceeded,
    InvalidImage,
    Retry,
    Unavailable,
)  # fmt: skip

from tests.unit.client.faces import QUICK, Awaited, face
from tests.unit.client.faces import client as client
from tests.unit.client.faces import kind as kind
from tests.unit.client.faces import server as server
from tests.unit.client.stand_in import (
    IMAGE,
    StandIn,
    answer,
    failing_first,
    fails,
    image_of,
    response,
    served,
)

Code = grpc.StatusCode


@pytest.mark.parametrize("method", ["classify", "embed", "read"])
def test_a_server_that_is_unavailable_for_a_moment_is_not_noticed(
    server: StandIn, client: Any, method: str
) -> None:
    server.infer = failing_first(3, Code.UNAVAILABLE, "starting")
    getattr(client, method)(IMAGE)
    assert len(server.requests) == 4


def test_a_refused_image_is_sent_once(server: StandIn, client: Any) -> None:
    server.infer = failing_first(1, Code.INVALID_ARGUMENT, "InvalidImage: torn")
    with pytest.raises(InvalidImage):
        client.classify(IMAGE)
    assert len(server.requests) == 1


def test_a_pushback_of_the_server_is_kept_to(server: StandIn, client: Any) -> None:
    arrivals: list[float] = []

    def infer(request: Any, context: Any) -> Any:
        arrivals.append(time.monotonic())
        if len(arrivals) == 1:
            context.set_trailing_metadata((("grpc-retry-pushback-ms", "300"),))
            context.abort(Code.RESOURCE_EXHAUSTED, "rate limit")
        return response(answer())

    server.infer = infer
    assert client.classify(IMAGE).known
    assert arrivals[1] - arrivals[0] > 0.28

    def refuse(request: Any, context: Any) -> Any:
        context.set_trailing_metadata((("grpc-retry-pushback-ms", "-1"),))
        context.abort(Code.UNAVAILABLE, "do not ask again")

    server.infer, server.requests = refuse, []
    with pytest.raises(Unavailable):
        client.classify(IMAGE)
    assert len(server.requests) == 1


def test_retries_stay_inside_the_deadline_of_the_call(server: StandIn, client: Any) -> None:
    server.infer = fails(Code.UNAVAILABLE, "down")
    began = time.monotonic()
    with pytest.raises((Unavailable, DeadlineExceeded)):
        client.classify(IMAGE, timeout_s=0.05)
    assert time.monotonic() - began < 60


def test_a_server_that_dies_before_it_answers_is_asked_again(kind: str) -> None:
    """A listener that closes each connection after the first bytes, then a real server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        met: list[bytes] = []

        def drop() -> None:
            for _ in range(2):
                peer, _ = listener.accept()
                with peer:
                    met.append(peer.recv(9))
            listener.close()

        dropping = threading.Thread(target=drop)
        dropping.start()
        patient = Retry(attempts=40, initial_s=0.1, max_s=0.3)
        with face(kind, f"127.0.0.1:{port}", timeout_s=120, retry=patient) as client:
            found: list[Any] = []
            asking = threading.Thread(target=lambda: found.append(client.classify(IMAGE)))
            asking.start()
            dropping.join(120)
            with served(StandIn(), port=port):
                asking.join(120)
    assert met[0] == b"PRI * HTT"  # HTTP/2 was spoken
    assert found and found[0].known


def test_a_connection_lost_in_the_middle_of_a_call_is_asked_again(kind: str) -> None:
    """A proxy in front of a server cuts the first connection once the request is under way."""
    server, cut, lost = StandIn(), threading.Event(), threading.Event()

    def infer(request: Any, context: Any) -> Any:
        if len(server.requests) == 1:
            context.add_callback(lost.set)
            cut.set()
            lost.wait(120)
        return response(answer())

    server.infer = infer
    with (
        served(server) as url,
        Proxy(url, cut) as proxied,
        face(kind, proxied, timeout_s=120, retry=Retry(attempts=10, initial_s=0.1)) as client,
    ):
        assert client.classify(IMAGE).known
    assert len(server.requests) == 2


class Proxy:
    """Passes bytes to `url` and back; cuts the connections there are when `cut` is first set."""

    def __init__(self, url: str, cut: threading.Event) -> None:
        self._url, self._cut = url, cut
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads = [threading.Thread(target=run) for run in (self._accept, self._cutting)]

    def __enter__(self) -> str:
        for thread in self._threads:
            thread.start()
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._cut.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[:2]:
            thread.join(120)
        self._close()
        for thread in self._threads[2:]:
            thread.join(120)
        self._listener.close()

    def _accept(self) -> None:
        host, _, port = self._url.rpartition(":")
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection((host, int(port)))
            self._pairs.append((near, far))
            for a, b in ((near, far), (far, near)):
                self._threads.append(threading.Thread(target=self._pump, args=(a, b)))
                self._threads[-1].start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)

    def _cutting(self) -> None:
        self._cut.wait(120)
        self._close()

    def _close(self) -> None:
        pairs, self._pairs = self._pairs, []
        for one in (one for pair in pairs for one in pair):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def test_a_circuit_opens_on_a_server_that_is_gone_and_closes_when_it_is_back(kind: str) -> None:
    with socket.socket() as bound:  # bound and not listening: nobody else can take the port
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        circuit = Circuit(failures=2, gone_s=0.2, probe_s=0.3)
        with face(kind, f"127.0.0.1:{port}", timeout_s=120, retry=None, circuit=circuit) as client:
            end = time.monotonic() + 120
            said = ""
            while "not sent" not in said and time.monotonic() < end:
                time.sleep(0.05)
                with pytest.raises(Unavailable) as caught:
                    client.classify(IMAGE)
                said = str(caught.value)
            assert "not sent" in said and "has been gone" in said
            bound.close()
            with served(StandIn(), port=port):
                assert soon(lambda: client.health().serving)  # which asks past the circuit
                assert soon(lambda: client.classify(IMAGE).known)
                assert client.classify(IMAGE).known  # closed


def soon(ask: Callable[[], bool]) -> bool:
    """Whether `ask` comes true within two minutes; until then it may find no server."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with suppress(Unavailable):
            if ask():
                return True
        time.sleep(0.05)
    return False


def test_replicas_are_asked_in_turn_and_one_that_is_gone_is_left_out(kind: str) -> None:
    one, two = StandIn(), StandIn()
    with ExitStack() as stack:
        urls = [stack.enter_context(served(server)) for server in (one, two)]
        target = "ipv4:" + ",".join(urls)
        client = stack.enter_context(face(kind, target, timeout_s=120, retry=QUICK))
        end = time.monotonic() + 120
        while not (one.requests and two.requests) and time.monotonic() < end:
            client.classify(IMAGE)  # until both are connected
        one.requests, two.requests = [], []
        for _ in range(10):
            client.classify(IMAGE)
        assert (len(one.requests), len(two.requests)) == (5, 5)
        one.infer = fails(Code.UNAVAILABLE, "draining")
        for _ in range(10):
            assert client.classify(IMAGE).known  # a retry goes to the other


def test_a_hedge_answers_for_a_slow_replica_and_the_slow_call_is_cancelled(kind: str) -> None:
    server, ended, calls = StandIn(), threading.Event(), itertools.count(1)

    def infer(request: Any, context: Any) -> Any:
        if next(calls) == 1:
            context.add_callback(ended.set)
            ended.wait(120)
        return response(answer())

    server.infer = infer
    with served(server) as url, face(kind, url, timeout_s=120, hedge_after_s=0.05) as client:
        assert client.classify(IMAGE).known  # long before the slow one would
        assert ended.wait(120)  # the server was told
        assert len(server.requests) == 2


def test_a_deadline_reaches_the_server(server: StandIn, client: Any) -> None:
    _, cancelled = server.hold()
    with pytest.raises(DeadlineExceeded):
        client.classify(IMAGE, timeout_s=2)  # time enough to get there
    assert cancelled.wait(120)


def test_leaving_many_cancels_what_is_under_way(server: StandIn, client: Any) -> None:
    arrived, cancelled = server.hold()
    server_infer = server.infer
    server.infer = lambda request, context: (
        response(answer()) if image_of(request) == b"first" else server_infer(request, context)
    )
    answers = client.classify_many([b"first", b"second", b"third"], concurrency=2)
    assert next(answers).known
    assert arrived.wait(120)
    answers.close()
    assert cancelled.wait(120)


def test_closing_the_client_cancels_what_is_under_way(server: StandIn, client: Any) -> None:
    arrived, cancelled = server.hold()
    answers = client.classify_many([IMAGE])
    closer = threading.Thread(target=lambda: arrived.wait(120) and client.close())
    closer.start()
    assert [type(item) for item in answers] == [Cancelled]
    closer.join(120)
    assert cancelled.wait(120)
    with pytest.raises(Cancelled, match="is closed"):
        client.classify(IMAGE)


def test_closing_ends_a_pause_between_attempts(kind: str, server: StandIn) -> None:
    server.infer = fails(Code.UNAVAILABLE, "down")
    server_retry = Retry(attempts=2, initial_s=3600, max_s=3600)
    with served(server) as url, face(kind, url, timeout_s=7200, retry=server_retry) as client:
        answers = client.classify_many([IMAGE])

        def close() -> None:
            end = time.monotonic() + 120
            while not server.requests and time.monotonic() < end:
                time.sleep(0.01)
            time.sleep(0.1)
            client.close()

        closer = threading.Thread(target=close)
        closer.start()
        assert [type(item) for item in answers] == [Cancelled]
        closer.join(120)


def test_cancelling_a_task_cancels_its_call_at_the_server(server: StandIn) -> None:
    arrived, cancelled = server.hold()
    with served(server) as url, Awaited(url, timeout_s=120) as client:
        future = client.start(client.client.classify(IMAGE))
        assert arrived.wait(120)
        future.cancel()
        assert cancelled.wait(120)

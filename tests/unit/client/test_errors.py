"""Every way a server can fail is one of the client's own errors."""

from __future__ import annotations

import pickle
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from vislex_client import (
    AccessDenied,
    Cancelled,
    Client,
    DeadlineExceeded,
    InvalidImage,
    InvalidOption,
    InvalidRequest,
    Overloaded,
    ServerFailed,
    Unavailable,
    VislexError,
)  # fmt: skip

from tests.unit.client.stand_in import (
    IMAGE,
    Outputs,
    StandIn,
    answer,
    fails,
    floats,
    response,
    served,
    texts,
)

Code = grpc.StatusCode


@contextmanager
def outcome(server: StandIn, timeout_s: float = 10, **options: int) -> Iterator[Client]:
    once = {"timeout_s": timeout_s, "retry": None}  # test_client_retries.py is about retries
    with served(server, **options) as url, Client(url, **once) as client:  # type: ignore[arg-type]
        yield client


# What Triton 24.10 and gRPC say, and what it is to a caller.
ANSWERS: list[tuple[grpc.StatusCode, str, type[VislexError]]] = [
    (Code.INVALID_ARGUMENT, "in ensemble 'classify', InvalidImage: torn PNG", InvalidImage),
    (Code.INVALID_ARGUMENT, "InvalidImage: torn PNG", InvalidImage),
    (Code.INVALID_ARGUMENT, "in ensemble 'classify', InvalidOption: top_k is 900", InvalidOption),
    (Code.INVALID_ARGUMENT, "InvalidOption: top_k is 900", InvalidOption),
    (Code.INVALID_ARGUMENT, "unexpected shape for input 'IMAGE'", InvalidRequest),
    (Code.OUT_OF_RANGE, "?", InvalidRequest),
    (Code.UNAUTHENTICATED, "no token", AccessDenied),
    (Code.PERMISSION_DENIED, "not yours", AccessDenied),
    (Code.DEADLINE_EXCEEDED, "Deadline Exceeded", DeadlineExceeded),
    (Code.RESOURCE_EXHAUSTED, "rate limit", Overloaded),
    (Code.UNAVAILABLE, "[request id: 7] Exceeds maximum queue size", Overloaded),
    (Code.UNAVAILABLE, "Request timeout expired", Overloaded),
    (Code.UNAVAILABLE, "Request for unknown model: 'classify' is not ready", Unavailable),
    (Code.UNAVAILABLE, "in ensemble 'classify', ModelFailed: ocr_det: boom", ServerFailed),
    (Code.UNAVAILABLE, "Overloaded: 32 in flight", Overloaded),
    (Code.INTERNAL, "Received RST_STREAM with error code 2", Unavailable),
    (Code.UNKNOWN, "Stream removed", Unavailable),
    (Code.NOT_FOUND, "Request for unknown model: 'classify' is not found", Unavailable),
    (Code.UNIMPLEMENTED, "Method not found!", Unavailable),
    (Code.CANCELLED, "the server is stopping", Unavailable),
    (Code.INTERNAL, "RuntimeError: boom\n\nAt:\n  model.py(11): execute\n", ServerFailed),
    (Code.UNKNOWN, "", ServerFailed),
    (Code.DATA_LOSS, "?", ServerFailed),
    (Code.ABORTED, "?", ServerFailed),
    (Code.FAILED_PRECONDITION, "?", ServerFailed),
    (Code.ALREADY_EXISTS, "?", ServerFailed),
]


@pytest.mark.parametrize(("code", "details", "error"), ANSWERS)
def test_a_status_is_the_clients_own_error_with_the_servers_words(
    code: grpc.StatusCode, details: str, error: type[VislexError]
) -> None:
    server = StandIn()
    server.infer = fails(code, details)
    with outcome(server) as client, pytest.raises(VislexError) as caught:
        client.classify(IMAGE)
    assert type(caught.value) is error
    assert (caught.value.status, caught.value.details) == (code.name, details)
    for part in (*details.split(), client.url, code.name):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_table_above_has_every_code_there_is() -> None:
    assert {code for code, _, _ in ANSWERS} == set(Code) - {Code.OK}


def test_an_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(Overloaded("full", status="UNAVAILABLE", details="queue")))
    assert (type(error), str(error), error.status) == (Overloaded, "full", "UNAVAILABLE")


def test_a_servicer_that_breaks_is_a_server_that_failed() -> None:
    server = StandIn()
    server.infer = lambda request, context: 1 / 0
    with outcome(server) as client, pytest.raises(ServerFailed, match="division by zero"):
        client.classify(IMAGE)


def test_a_slow_server_is_left_at_the_deadline_of_the_client_or_of_the_call() -> None:
    server, released = StandIn(), threading.Event()
    server.infer = lambda request, context: released.wait(120) and response(answer())
    with outcome(server, timeout_s=0.2) as client:
        try:
            with pytest.raises(DeadlineExceeded, match=client.url):
                client.classify(IMAGE)
            began = time.monotonic()
            with pytest.raises(DeadlineExceeded):
                client.classify(IMAGE, timeout_s=0.05)
            assert time.monotonic() - began < 60  # and not the 120 s of the server
        finally:
            released.set()
        assert client.classify(IMAGE, timeout_s=120).label == "微信"  # the client is none the worse


def test_an_image_above_the_servers_message_limit_is_an_image_error() -> None:
    limited = outcome(StandIn(), max_receive_message_length=1000)
    with limited as client, pytest.raises(InvalidImage, match="larger than max"):
        client.classify(IMAGE * 100)


BROKEN: list[tuple[str, Outputs]] = [
    (f"{name} is missing", {k: v for k, v in answer().items() if k != name}) for name in answer()
] + [
    (says, {**answer(), **outputs})
    for says, outputs in [
        ("DECISION is 'maybe'", {"DECISION": texts("maybe")}),
        ("LABEL has 2 elements; expected 1", {"LABEL": texts("a", "b")}),
        ("LABEL has 0 elements; expected 1", {"LABEL": ("BYTES", [1, 0], b"")}),
        ("LABEL is not UTF-8", {"LABEL": texts(b"\xff\xfe")}),
        ("LABEL is of dtype float32; expected bytes", {"LABEL": floats(1)}),
        ("LABEL cannot be read", {"LABEL": ("BYTES", [1, 1], b"\x09\0\0\0short")}),
        ("LABEL cannot be read", {"LABEL": ("BYTES", [1, 1], b"")}),
        ("SCORE is of dtype object; expected float32", {"SCORE": texts("0.9")}),
        ("SCORE cannot be read", {"SCORE": ("FP32", [1, 2], b"\0\0\0\0")}),
        ("SCORE cannot be read", {"SCORE": ("FP32", [1, 1], b"\0")}),
        ("SCORE cannot be read", {"SCORE": ("NONE", [1, 1], b"\0\0\0\0")}),
        ("SCORE holds [nan]", {"SCORE": floats(float("nan"))}),
        ("have [2, 2, 2, 1, 2] elements", {"CANDIDATE_TEXT": floats(0.5)}),
        ("LINES is 'no json'", {"LINES": texts("no json")}),
        ("LINES is '[[", {"LINES": texts("[" * 100_000)}),
        ("LINES is '7'", {"LINES": texts("7")}),
        ("LINES is ", {"LINES": texts('[["a", 0.5]]')}),
        ("LINES is ", {"LINES": texts('[["a", 0.5, [1, 2, 3]]]')}),
        ("LINES is ", {"LINES": texts('[[null, 0.5, [1, 2, 3, 4, 5, 6, 7, 8]]]')}),
        ("LINES is ", {"LINES": texts('[["a", "b", [1, 2, 3, 4, 5, 6, 7, 8]]]')}),
        ("LINES is ", {"LINES": texts('[["a", NaN, [1, 2, 3, 4, 5, 6, 7, 8]]]')}),
    ]
]  # fmt: skip


@pytest.mark.parametrize(("says", "outputs"), BROKEN)
def test_an_answer_that_does_not_fit_is_never_taken_for_one(says: str, outputs: Outputs) -> None:
    server = StandIn()
    server.infer = lambda request, context: response(outputs)
    with outcome(server) as client, pytest.raises(ServerFailed) as caught:
        client.classify(IMAGE)
    assert says in str(caught.value)
    assert "expected" in str(caught.value)


def test_nobody_at_the_address_is_unavailable() -> None:
    with socket.socket() as bound:  # bound and not listening: nobody else can take the port
        bound.bind(("127.0.0.1", 0))
        with at(bound, timeout_s=120) as client, pytest.raises(Unavailable) as caught:
            client.classify(IMAGE)
    assert client.url in str(caught.value)


def at(listener: socket.socket, timeout_s: float) -> Client:
    return Client(f"127.0.0.1:{listener.getsockname()[1]}", timeout_s=timeout_s)


def test_a_listener_that_never_speaks_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, at(mute, timeout_s=0.3) as client:
        with pytest.raises(DeadlineExceeded):
            client.classify(IMAGE)
        with pytest.raises(DeadlineExceeded):
            client.health()


def test_a_server_that_speaks_http_1_is_unavailable() -> None:
    def serve(listener: socket.socket) -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return  # closed: the test is over
            with peer:
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        with at(listener, timeout_s=120) as client, pytest.raises(Unavailable):
            client.classify(IMAGE)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_client_outlives_its_server_and_finds_the_next_one() -> None:
    with served(StandIn()) as url:
        client = Client(url, timeout_s=120)
        client.classify(IMAGE)
    with client:
        with pytest.raises(Unavailable):
            client.classify(IMAGE)
        with served(StandIn(), port=int(url.rpartition(":")[2])):
            assert answered_within(client, 120)


def answered_within(client: Client, patience_s: float) -> bool:
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        try:
            return client.classify(IMAGE).known
        except Unavailable:
            time.sleep(0.1)
    return False


def test_a_closed_client_says_so() -> None:
    with outcome(StandIn()) as client:
        client.close()
        client.close()
        with pytest.raises(Cancelled, match="is closed"):
            client.classify(IMAGE)
        with pytest.raises(Cancelled):
            client.health()
        assert [type(item) for item in client.classify_many([IMAGE, IMAGE])] == [Cancelled] * 2


def test_closing_ends_the_calls_in_flight() -> None:
    server, arrived, released = StandIn(), threading.Event(), threading.Event()

    def infer(request: Any, context: Any) -> Any:
        arrived.set()
        released.wait(120)
        return response(answer())

    server.infer = infer
    with outcome(server, timeout_s=120) as client:
        answers = client.classify_many([IMAGE])

        def close() -> None:
            arrived.wait(120)
            client.close()

        closer = threading.Thread(target=close)
        closer.start()
        try:
            assert type(next(answers)) is Cancelled
        finally:
            released.set()
            closer.join()

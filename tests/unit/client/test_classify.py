"""What the client sends and how it reads an answer, against a server that answers well."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vislex_client import (
    Candidate,
    Classification,
    Client,
    InvalidImage,
    InvalidOption,
    InvalidRequest,
    Line,
    ServerFailed,
)  # fmt: skip
from vislex_client.show import rows

from tests.unit.client.stand_in import IMAGE, StandIn, answer, image_of, response, served, texts


@pytest.fixture
def server() -> StandIn:
    return StandIn()


@pytest.fixture
def client(server: StandIn) -> Iterator[Client]:
    with served(server) as url, Client(url, timeout_s=120) as client:
        yield client


def test_an_answer_is_read_in_full(client: Client) -> None:
    assert client.classify(IMAGE) == Classification(
        label="微信",
        score=0.9,  # not the 0.8999999761581421 that a float32 of it is
        decision="known",
        confidence=0.75,
        reason="ahead of the next label",
        candidates=(
            Candidate("wx/1", "微信", 0.875, 0.9375, 0.9),
            Candidate("ali/7", "支付宝", 0.5, 0.25, 0.4),
        ),
        lines=(Line("通讯录", 0.99, ((10, 20), (110.5, 20), (110.5, 52), (10, 52))),),
        gallery_version="v000007",
    )


def test_no_candidates_and_no_text_are_an_answer(server: StandIn, client: Client) -> None:
    empty = {name: (t, [1, 0], b"") for name, (t, _, _) in answer().items() if "CANDIDATE" in name}
    outputs = {**answer(), **empty, "DECISION": texts("other"), "LINES": texts("[]")}
    server.infer = lambda request, context: response(outputs)
    found = client.classify(IMAGE)
    assert (found.candidates, found.lines, found.known) == ((), (), False)


def test_json_is_one_line_that_reads_back(client: Client) -> None:
    found = client.classify(IMAGE)
    text = found.to_json()
    assert "\n" not in text
    assert "微信" in text
    read = json.loads(text)
    assert read["candidates"][1]["visual"] == 0.5
    assert read["lines"][0]["quad"] == [[10, 20], [110.5, 20], [110.5, 52], [10, 52]]
    assert read == json.loads(json.dumps(found.as_dict()))


def test_a_request_is_one_bytes_element_and_no_more(server: StandIn, client: Client) -> None:
    client.classify(IMAGE + b"\0\0")  # zeros at the end are part of a file
    request = server.requests[0]
    (tensor,) = request.inputs
    assert (request.model_name, request.id, dict(request.parameters)) == ("classify", "", {})
    assert (tensor.name, tensor.datatype, list(tensor.shape)) == ("IMAGE", "BYTES", [1, 1])
    assert image_of(request) == IMAGE + b"\0\0"


def test_options_travel_as_typed_parameters(server: StandIn, client: Client) -> None:
    choices = {"ranking": "study", "decide": False, "request_id": "订单-1"}
    client.classify(IMAGE, alpha=1, top_k=7, read=False, **choices)  # type: ignore[arg-type]
    client.classify(IMAGE, alpha=np.float32(0.25), top_k=np.int64(3))  # type: ignore[arg-type]
    first, second = (request.parameters for request in server.requests)
    kinds = {name: value.WhichOneof("parameter_choice") for name, value in first.items()}
    assert kinds == {
        "alpha": "double_param",
        "top_k": "int64_param",
        "read": "bool_param",
        "ranking": "string_param",
        "decide": "bool_param",
    }
    assert first["ranking"].string_param == "study"
    assert (first["alpha"].double_param, first["top_k"].int64_param) == (1.0, 7)
    assert first["read"].bool_param is False
    assert server.requests[0].id == "订单-1"
    assert (second["alpha"].double_param, second["top_k"].int64_param) == (0.25, 3)


@pytest.mark.parametrize(
    "options",
    [
        {"alpha": 1.01}, {"alpha": -0.1}, {"alpha": float("nan")}, {"alpha": "0.5"},
        {"alpha": True}, {"top_k": 0}, {"top_k": 2.0}, {"top_k": True}, {"top_k": 2**63},
        {"read": 1}, {"read": "no"}, {"decide": 0}, {"ranking": "best"}, {"request_id": 7},
        {"request_id": "a\nb"}, {"request_id": "\ud800"}, {"timeout_s": 0},
        {"timeout_s": float("inf")}, {"timeout_s": "1"},
    ],
)  # fmt: skip
def test_an_option_that_does_not_fit_is_named_and_nothing_is_sent(
    server: StandIn, client: Client, options: dict[str, Any]
) -> None:
    (name,) = options
    with pytest.raises(InvalidOption, match=f"^{name} is .*; expected "):
        client.classify(IMAGE, **options)
    assert not server.requests


def test_an_image_may_be_bytes_a_path_or_a_file(
    server: StandIn, client: Client, tmp_path: Path
) -> None:
    path = tmp_path / "screen.png"
    path.write_bytes(IMAGE)
    with path.open("rb") as file:
        images = (IMAGE, bytearray(IMAGE), memoryview(IMAGE), path, str(path), file)
        for image in (*images, io.BytesIO(IMAGE)):
            client.classify(image)
    assert [image_of(request) for request in server.requests] == [IMAGE] * 7


def test_a_file_that_gives_little_at_a_time_is_read_to_its_end(
    server: StandIn, client: Client
) -> None:
    image = IMAGE * 20_000
    ours, theirs = socket.socketpair()
    with ours, theirs, theirs.makefile("rb", buffering=0) as file:

        def write() -> None:
            ours.sendall(image)
            ours.close()

        writer = threading.Thread(target=write)
        writer.start()
        client.classify(file)
        writer.join()
    assert image_of(server.requests[0]) == image


def test_an_image_larger_than_grpc_takes_unasked_arrives(server: StandIn) -> None:
    image = IMAGE * 300_000  # 9.6 MB; gRPC's own limit is 4 MB
    with served(server, max_receive_message_length=-1) as url, Client(url, timeout_s=120) as client:
        client.classify(image)
    assert image_of(server.requests[0]) == image


class Endless(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        return bytes(size)


class NotReady(io.RawIOBase):
    def read(self, size: int = -1) -> None:
        """As a socket that does not block answers while nothing has come."""


class Broken(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise RuntimeError("connection lost")


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (b"", "the image is empty"),
        (io.BytesIO(), "is empty"),
        (io.StringIO("PNG"), "read() gave str, not bytes; open it with mode 'rb'"),
        (Endless(), "is larger than 256 MiB"),
        (NotReady(), "read() gave NoneType"),
        (Broken(), "connection lost"),
        (7, "of type int; expected bytes, a path, a file object"),
        (None, "of type NoneType"),
        (np.zeros((2, 2, 3)), "an array of float64 and shape (2, 2, 3); expected uint8"),
        ("no\0name", "cannot read the image 'no\\x00name'"),
    ],
)
def test_what_is_no_image_file_is_refused_before_it_is_sent(
    server: StandIn, client: Client, image: Any, says: str
) -> None:
    with pytest.raises(InvalidImage) as caught:
        client.classify(image)
    assert says in str(caught.value)
    assert not server.requests


def test_a_file_that_cannot_be_read_is_named(client: Client, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    for path, says in [
        (tmp_path / "none.png", "No such file"),
        (tmp_path, "Is a directory"),
        (empty, "empty"),
    ]:
        with pytest.raises(InvalidImage, match=says) as caught:
            client.classify(path)
        assert repr(str(path)) in str(caught.value)


def test_many_answers_come_in_order_with_each_error_in_its_place(
    server: StandIn, client: Client, tmp_path: Path
) -> None:
    def infer(request: Any, context: Any) -> Any:
        number = int(image_of(request))
        time.sleep(0.02 * (number % 3))  # so that they end in another order
        return response({**answer(), "LABEL": texts(str(number))})

    server.infer = infer
    images: list[Any] = [str(number).encode() for number in range(30)]
    images[4], images[29] = tmp_path / "none.png", b""
    found = list(client.classify_many(images, concurrency=4))
    labels = [item.label if isinstance(item, Classification) else type(item) for item in found]
    expected: list[Any] = [str(number) for number in range(30)]
    expected[4] = expected[29] = InvalidImage
    assert labels == expected


def test_many_draws_from_an_endless_source_and_stops_when_told(
    server: StandIn, client: Client
) -> None:
    drawn: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            drawn.append(1)
            yield IMAGE

    answers = client.classify_many(endless(), concurrency=3)
    assert isinstance(next(answers), Classification)
    assert len(drawn) == 6  # twice the concurrency
    answers.close()  # type: ignore[attr-defined]
    assert len(drawn) == 6


def test_many_runs_no_more_at_a_time_than_it_is_told(server: StandIn, client: Client) -> None:
    lock, running, most = threading.Lock(), 0, 0
    meet = threading.Barrier(3, timeout=120)  # passes only when three are in flight together

    def infer(request: Any, context: Any) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        meet.wait()
        with lock:
            running -= 1
        return response(answer())

    server.infer = infer
    assert len(list(client.classify_many([IMAGE] * 12, concurrency=3))) == 12
    assert most == 3


@pytest.mark.parametrize("options", [{"concurrency": 0}, {"alpha": 2}, {"timeout_s": -1}])
def test_many_refuses_an_option_before_the_first_image(
    client: Client, options: dict[str, Any]
) -> None:
    with pytest.raises(InvalidOption):
        client.classify_many([IMAGE], **options)


@pytest.mark.parametrize("image", ["screen.png", IMAGE, Path("screen.png")])
def test_many_refuses_a_single_image(client: Client, image: Any) -> None:
    with pytest.raises(InvalidRequest, match="call classify"):
        client.classify_many(image)


def test_an_answer_says_what_was_read(server: StandIn, client: Client) -> None:
    server.infer = lambda request, context: response({**answer(), "READING": texts("partial")})
    found = client.classify(IMAGE)
    assert found.reading == "partial"
    assert rows("a.png", found)[0][-1] == "ahead of the next label; some text could not be read"
    assert json.loads(found.to_json())["reading"] == "partial"


def test_a_server_of_before_reading_is_read_as_full(client: Client) -> None:
    assert client.classify(IMAGE).reading == "full"


def test_a_reading_of_another_kind_does_not_fit(server: StandIn, client: Client) -> None:
    server.infer = lambda request, context: response({**answer(), "READING": texts("half")})
    with pytest.raises(ServerFailed, match="READING is 'half'; expected one of full, partial, off"):
        client.classify(IMAGE)

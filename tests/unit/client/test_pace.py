"""How many calls a batch keeps in flight, on paper and against a server that is full or late."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from vislex_client import (
    AsyncClient,
    Cancelled,
    Classification,
    Client,
    DeadlineExceeded,
    InvalidOption,
    Retry,
)
from vislex_client.pace import Pace, Window, answered, troubled

from tests.unit.client.stand_in import IMAGE, StandIn, answer, image_of, response, served


def test_one_trouble_of_several_calls_lowers_once() -> None:
    window = Window(8, 8.0)
    for _ in range(8):  # all eight were sent before the first came back
        window = troubled(window, in_flight=8)
    assert (window.places, window.stale) == (4, 0)
    assert troubled(window, in_flight=4).places == 2


def test_it_never_ends_below_one_or_above_the_most() -> None:
    assert troubled(Window(4, 1.0), in_flight=1).places == 1
    assert answered(Window(4, 4.0)).size == 4.0


def test_it_rises_slowly() -> None:
    window, places = Window(4, 1.0), []
    for _ in range(60):
        window = answered(window)
        places.append(window.places)
    assert places == sorted(places)  # by one at a time, and after ten answers or more for each
    assert set(places) == {1, 2, 3, 4}
    assert all(places.count(n) >= 10 for n in (1, 2, 3))


def test_answers_to_calls_of_before_do_not_raise_it() -> None:
    window = troubled(Window(8, 8.0), in_flight=3)
    assert answered(answered(window)) == Window(8, 4.0)


class Narrow(StandIn):
    """Answers one call at a time; those beside it end late."""

    def __init__(self) -> None:
        super().__init__()
        self.turned_away = 0
        self._place, self._met = threading.Lock(), threading.Event()
        self.infer = self.alone

    def alone(self, request: Any, context: Any) -> Any:
        if not self._place.acquire(blocking=False):
            self.turned_away += 1
            self._met.set()
            self.refuse(context)
        try:
            assert self._met.wait(30)  # the first stays until there is another beside it
            return response(answer())
        finally:
            self._place.release()

    def refuse(self, context: Any) -> None:
        context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "DeadlineExceeded: not done in time")


class Shedding(Narrow):
    def refuse(self, context: Any) -> None:
        context.set_trailing_metadata((("grpc-retry-pushback-ms", "1"),))
        context.abort(grpc.StatusCode.UNAVAILABLE, "Overloaded: all 1 calls are in flight")


@pytest.mark.parametrize("server", [Narrow(), Shedding()])
def test_every_image_is_answered_by_a_server_with_room_for_one(server: Narrow) -> None:
    with served(server) as url, Client.patient(url, concurrency=2) as client:
        answers = list(client.classify_many([IMAGE] * 30, concurrency=client.in_flight))
    assert all(isinstance(one, Classification) for one in answers)
    assert server.turned_away > 0
    # Of 30 calls few were too many: it asks one by one once it was told, and tries two now and then
    assert len(server.requests) == 30 + server.turned_away
    assert server.turned_away < 10


def test_a_full_server_is_asked_more_often_than_a_quick_caller_would(served_full: str) -> None:
    with Client(served_full) as quick:
        (found,) = quick.classify_many([IMAGE])
        assert str(found).startswith("Overloaded")
    with Client.patient(served_full, retry=Retry(initial_s=0.001, patient=True)) as client:
        assert client.classify(IMAGE).label


@pytest.fixture
def served_full() -> Iterator[str]:
    """Turns away 5 calls, then 12; as many as a quick caller sends, and more than that."""
    server, left = StandIn(), [17]

    def infer(request: Any, context: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            context.set_trailing_metadata((("grpc-retry-pushback-ms", "1"),))
            context.abort(grpc.StatusCode.UNAVAILABLE, "Overloaded: full")
        return response(answer())

    server.infer = infer
    with served(server) as url:
        yield url


def test_an_image_that_is_always_late_is_given_up_and_stops_no_other() -> None:
    server = StandIn()

    def infer(request: Any, context: Any) -> Any:
        if image_of(request) == b"slow":
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "DeadlineExceeded: not done in time")
        return response(answer())

    server.infer = infer
    with served(server) as url, Client.patient(url, concurrency=4) as client:
        answers = list(client.classify_many([IMAGE, b"slow", IMAGE, IMAGE], concurrency=4))
    kinds = [type(one) for one in answers]
    assert kinds == [Classification, DeadlineExceeded, Classification, Classification]
    asked = sum(image_of(one) == b"slow" for one in server.requests)
    assert 3 <= asked <= 8  # beside others, then three times alone


def test_a_call_that_waits_for_its_turn_ends_with_its_client() -> None:
    server = StandIn()
    arrived, _ = server.hold()
    errors: list[Exception] = []

    def ask() -> None:
        try:
            client.classify(IMAGE)
        except Exception as error:
            errors.append(error)

    with served(server) as url, Client.patient(url, concurrency=1) as client:
        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert arrived.wait(30)
        client.close()
        for thread in threads:
            thread.join(30)
    assert [type(error) for error in errors] == [Cancelled] * 3
    assert len(server.requests) == 1


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidOption, match="concurrency is 0; expected"):
        Client.patient("host:1", concurrency=0)
    with pytest.raises(InvalidOption, match="pace is for the threads of a Client"):
        AsyncClient("host:1", pace=Pace(1))
    with Client("host:1") as plain, pytest.raises(InvalidOption, match="made by `patient`"):
        _ = plain.in_flight

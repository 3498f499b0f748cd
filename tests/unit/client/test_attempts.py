"""Deadline, retries, hedging and circuit, on paper: a clock that jumps, replies as listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from vislex_client import (
    Cancelled,
    Circuit,
    DeadlineExceeded,
    InvalidImage,
    InvalidOption,
    Overloaded,
    Retry,
    ServerFailed,
    Unavailable,
    VislexError,
)
from vislex_client.attempts import Policy, Reply, Start, attempts
from vislex_client.circuit import Breaker, CircuitBreaker, Closed
from vislex_client.hedges import Allowance

GONE = Reply("UNAVAILABLE", "failed to connect")
FULL = Reply("UNAVAILABLE", "Exceeds maximum queue size")
AWAY = Unavailable("away", transient=True)
TORN = Reply("INVALID_ARGUMENT", "InvalidImage: torn")


@dataclass
class Paper:
    """Each attempt is answered `(after_s, reply)` as listed; None is never answered."""

    script: Sequence[tuple[float, Reply] | None]
    retry: Retry = field(default_factory=Retry)
    hedge_after_s: float | None = None
    breaker: Breaker = field(default_factory=Closed)
    hedges: Allowance = field(default_factory=Allowance)
    now: float = 100.0
    lucky: float = 1.0  # what the random number is
    sent: list[tuple[float, float]] = field(default_factory=list)  # when, and its timeout
    closes_at: float = float("inf")

    def call(self, budget_s: float = 10.0) -> object:
        """The answer's message."""
        policy = Policy(
            "host:1", self.retry, self.hedge_after_s, self.breaker, self.hedges,
            clock=lambda: self.now, random=lambda: self.lucky,
        )  # fmt: skip
        began, script, coming = self.now, iter(self.script), list[tuple[float, Reply]]()
        steps = attempts(policy, budget_s, lambda: self.now >= self.closes_at)
        try:
            step = next(steps)
            while True:
                reply = None
                if isinstance(step, Start):
                    self.sent.append((round(self.now - began, 6), round(step.timeout_s, 6)))
                    if planned := next(script):
                        coming.append((self.now + planned[0], planned[1]))
                else:
                    until = min(self.now + step.seconds, self.closes_at)
                    first = min(coming, key=lambda one: one[0], default=None)
                    if first and first[0] <= until:
                        coming.remove(first)
                        self.now, reply = first
                    else:
                        self.now = until
                step = steps.send(reply)
        except StopIteration as end:
            return end.value


def answer(message: str = "answer") -> Reply:
    return Reply("OK", message=message)


def test_an_answer_is_one_attempt_with_the_whole_budget() -> None:
    paper = Paper([(0.5, answer())])
    assert paper.call() == "answer"
    assert paper.sent == [(0.0, 10.0)]


def test_a_server_that_is_gone_is_asked_again_in_doubling_time_within_the_budget() -> None:
    paper = Paper([(0.1, GONE)] * 4 + [(0.1, answer())])
    assert paper.call() == "answer"
    # 0.1 s each attempt; pauses at their longest: 0.2, 0.4, 0.8, 1.6
    assert paper.sent == [(0.0, 10.0), (0.3, 9.7), (0.8, 9.2), (1.7, 8.3), (3.4, 6.6)]


@pytest.mark.parametrize(("lucky", "second"), [(0.0, 0.1), (0.5, 0.2)])
def test_a_pause_is_any_part_of_its_length(lucky: float, second: float) -> None:
    paper = Paper([(0.1, GONE), (0, answer())], lucky=lucky)
    paper.call()
    assert paper.sent[1][0] == second


def test_pauses_grow_no_longer_than_their_limit() -> None:
    paper = Paper([(0, GONE)] * 20, retry=Retry(20, initial_s=1, max_s=4))
    with pytest.raises(Unavailable):
        paper.call(1000)
    assert [at for at, _ in paper.sent][:6] == [0, 1, 3, 7, 11, 15]
    assert len(paper.sent) == 20


def test_the_last_error_is_raised_when_attempts_are_used_up_and_says_how_many() -> None:
    paper = Paper([(0.1, GONE), (0.1, FULL)], retry=Retry(attempts=2))
    with pytest.raises(Overloaded, match=r"host:1, UNAVAILABLE after 0.40 s, 2 attempts") as caught:
        paper.call()
    assert caught.value.transient


def test_a_pause_that_would_outlast_the_budget_is_not_begun() -> None:
    paper = Paper([(0.1, GONE)] * 3)
    with pytest.raises(Unavailable):
        paper.call(0.5)
    assert [at for at, _ in paper.sent] == [0.0, 0.3]
    assert paper.now == pytest.approx(100.4)  # and not 100.5: the error is told at once


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (TORN, InvalidImage),
        (Reply("INVALID_ARGUMENT", "InvalidOption: alpha"), InvalidOption),
        (Reply("INTERNAL", "boom"), ServerFailed),
        (Reply("DEADLINE_EXCEEDED"), DeadlineExceeded),
        (Reply("NOT_FOUND", "unknown model"), Unavailable),
        (Reply("RESOURCE_EXHAUSTED", "rate limit"), Overloaded),
    ],
)
def test_what_would_fail_again_is_not_sent_again(reply: Reply, error: type[VislexError]) -> None:
    paper = Paper([(0.1, reply)])
    with pytest.raises(error):
        paper.call()
    assert len(paper.sent) == 1


def test_a_server_that_asks_to_wait_is_waited_for() -> None:
    limit = Reply("RESOURCE_EXHAUSTED", "rate limit", pushback_ms="1500")
    paper = Paper([(0, limit), (0, answer())], lucky=0.5)
    assert paper.call() == "answer"
    assert [at for at, _ in paper.sent] == [0.0, 1.6]  # and half of initial_s: not all at once


@pytest.mark.parametrize("pushback", ["-1", "soon", ""])
def test_a_server_that_asks_not_to_be_asked_again_is_not(pushback: str) -> None:
    paper = Paper([(0, Reply("UNAVAILABLE", "going", pushback_ms=pushback))])
    with pytest.raises(Unavailable) as caught:
        paper.call()
    assert not caught.value.transient


def test_a_server_that_is_silent_past_the_deadline_is_left() -> None:
    paper = Paper([None])
    with pytest.raises(DeadlineExceeded, match="host:1"):
        paper.call(2)
    assert paper.now == 103  # a second for gRPC to say so itself


def test_a_hedge_leaves_when_the_first_is_slow_and_the_first_answer_wins() -> None:
    paper = Paper([(5, answer("slow")), (0.2, answer("quick"))], hedge_after_s=1)
    assert paper.call() == "quick"
    assert paper.sent == [(0.0, 10.0), (1.0, 9.0)]


def test_no_hedge_leaves_when_the_answer_is_quick() -> None:
    paper = Paper([(0.9, answer())], hedge_after_s=1)
    paper.call()
    assert len(paper.sent) == 1


def test_hedges_are_attempts_and_an_attempt_that_fails_waits_for_the_other() -> None:
    paper = Paper([(3, answer()), (0.1, GONE)], hedge_after_s=1, retry=Retry(attempts=2))
    assert paper.call() == "answer"
    assert paper.now == 103
    assert len(paper.sent) == 2


def test_when_every_call_is_slow_one_in_ten_is_hedged() -> None:
    paper = Paper([(5, answer()), (5, answer())], hedge_after_s=1, retry=Retry(attempts=2))
    for _ in range(20):
        paper.call()
    assert len(paper.sent) == 20 + 10 + 1  # the burst, and a tenth of the 10 calls after it
    paper.sent.clear()
    for _ in range(100):
        paper.call()
    assert len(paper.sent) == 110


def test_a_refusal_ends_all_copies() -> None:
    paper = Paper([(5, answer()), (0.1, TORN)], hedge_after_s=1)
    with pytest.raises(InvalidImage):
        paper.call()
    assert paper.now == pytest.approx(101.1)


def test_a_client_that_is_closed_ends_a_pause_and_a_wait() -> None:
    for script in ([None], [(0, GONE), (0, answer())]):
        paper = Paper(script, closes_at=100.05)
        with pytest.raises(Cancelled):
            paper.call()
        assert paper.now == 100.05
        assert len(paper.sent) == 1


def test_a_circuit_opens_after_failures_and_time_and_a_probe_closes_it() -> None:
    breaker = CircuitBreaker(Circuit(failures=3, gone_s=2, probe_s=5), "host:1")
    once = Retry(attempts=1)
    paper = Paper([(1, GONE)] * 10, breaker=breaker, retry=once)
    for _ in range(3):  # at 101, 102 and 103: three failures in two seconds
        with pytest.raises(Unavailable, match="failed to connect"):
            paper.call()
    with pytest.raises(Unavailable, match="not sent: host:1 has been gone for 2 s") as caught:
        paper.call()
    assert caught.value.retry_after_s == 5
    assert (paper.now, len(paper.sent)) == (103, 3)  # at once, and nothing went out

    paper.now = 108.0
    with pytest.raises(Unavailable, match="failed to connect"):
        paper.call()  # the probe, which fails
    with pytest.raises(Unavailable, match="not sent"):
        paper.call()
    paper.now = 113.0
    paper.script = [(1, answer())]
    assert paper.call() == "answer"  # the probe that closes it
    paper.script = [(1, GONE), (0, answer())]
    paper.retry = Retry()
    assert paper.call() == "answer"


def test_one_probe_at_a_time() -> None:
    breaker = opened()
    assert breaker.refuses(20) is None
    assert isinstance(breaker.refuses(20), Unavailable)
    assert isinstance(breaker.refuses(24.9), Unavailable)
    assert breaker.refuses(25) is None


@pytest.mark.parametrize(
    "error",
    [None, InvalidImage("x"), ServerFailed("x"), Overloaded("x"), Unavailable("no such model")],
)
def test_any_answer_closes_a_circuit(error: VislexError | None) -> None:
    breaker = opened()
    breaker.record(error, 20)
    assert breaker.refuses(20) is None
    assert breaker.refuses(20) is None


@pytest.mark.parametrize("error", [DeadlineExceeded("x"), Cancelled("x")])
def test_what_says_nothing_of_the_server_leaves_it_as_it_is(error: VislexError) -> None:
    breaker = opened()
    breaker.record(error, 11)
    assert isinstance(breaker.refuses(11), Unavailable)


def test_a_burst_of_failures_at_a_restart_opens_nothing() -> None:
    breaker = CircuitBreaker(Circuit(failures=3, gone_s=10, probe_s=5), "host:1")
    for _ in range(100):
        breaker.record(AWAY, 10)
    assert breaker.refuses(10) is None
    breaker.record(None, 15)  # it is back
    breaker.record(AWAY, 21)
    assert breaker.refuses(21) is None


def opened() -> CircuitBreaker:
    """Opened at 10, with a probe due at 15."""
    breaker = CircuitBreaker(Circuit(failures=2, gone_s=1, probe_s=5), "host:1")
    breaker.record(AWAY, 9)
    breaker.record(AWAY, 10)
    assert isinstance(breaker.refuses(14.9), Unavailable)
    return breaker

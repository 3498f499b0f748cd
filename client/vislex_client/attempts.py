"""One call as a course of attempts: what to do next, decided here and done elsewhere.

`attempts` is a generator of steps. A driver (`client.py` with threads, `aio.py` with asyncio) does
each step and sends back what it met, so that deadline, retries, hedging and circuit are one piece
of code without input or output, and a test can play a server on paper.
"""

from __future__ import annotations

import random
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Union

from vislex_client.circuit import Breaker
from vislex_client.errors import (
    Cancelled,
    DeadlineExceeded,
    Overloaded,
    Unavailable,
    VislexError,
    from_status,
)
from vislex_client.hedges import Allowance
from vislex_client.settings import Retry

_UNREACHED = ("", "UNAVAILABLE", "DEADLINE_EXCEEDED", "UNKNOWN")  # by a proxy's fault, perhaps
_GRACE_S = 1.0  # how long after the deadline gRPC's own word of it is waited for


@dataclass(frozen=True)
class Start:
    """Send one more attempt, which may take `timeout_s`. Answered with None."""

    timeout_s: float


@dataclass(frozen=True)
class Wait:
    """Wait up to `seconds` for the Reply of an attempt. Answered with it, or None."""

    seconds: float


@dataclass(frozen=True)
class Reply:
    """How one attempt ended."""

    status: str  # gRPC code, "OK" for an answer
    details: str = ""
    message: Any = None  # the answer's protobuf message
    pushback_ms: str | None = None  # grpc-retry-pushback-ms, as the server wrote it


Steps = Generator[Union[Start, Wait], Optional[Reply], Any]


@dataclass(frozen=True)
class Policy:
    """What every call of one client has in common."""

    url: str
    retry: Retry
    hedge_after_s: float | None
    breaker: Breaker
    hedges: Allowance = field(default_factory=Allowance)
    clock: Callable[[], float] = time.monotonic
    random: Callable[[], float] = random.random  # 0 <= x < 1
    told: Callable[[bool], object] = bool  # of each end: was the server full, late or away?
    through: str = ""  # a proxy on the way, as its errors should say


def attempts(policy: Policy, budget_s: float, closed: Callable[[], bool]) -> Steps:
    """The steps of one call that may take `budget_s` in all; returns the answer's message.

    Raises the VislexError the call ends with: the first that is not transient, or the last one when
    attempts or time are used up. A wait that would outlast the budget is not begun. With hedging, a
    further attempt leaves each `hedge_after_s` without a reply, as far as the allowance goes, and
    the first answer wins; the driver cancels what is still under way when the steps end.
    """
    policy.hedges.earn()
    began = policy.clock()
    end = began + budget_s
    due: float | None = began  # when the next attempt leaves
    sent = running = 0
    while True:
        now = policy.clock()
        if closed():
            raise Cancelled(f"the client of {policy.url} is closed")
        if due is not None and now >= due:
            refusal = policy.breaker.refuses(now)
            if refusal and not running:
                raise refusal
            if not refusal and (not running or policy.hedges.take()):
                yield Start(max(end - now, 0.001))
                sent, running = sent + 1, running + 1
            due = _hedge_due(policy, now, sent)
        until = end + _GRACE_S if due is None else min(due, end + _GRACE_S)
        reply = yield Wait(max(until - policy.clock(), 0.0))
        now = policy.clock()
        if closed():
            continue  # and raise above
        if reply is None:
            if now >= end + _GRACE_S:
                raise DeadlineExceeded(f"no answer ({_where(policy, sent, now - began)})")
            continue
        running -= 1
        error = _error(policy, reply, sent, now - began)
        policy.breaker.record(error, now)
        policy.told(isinstance(error, (DeadlineExceeded, Overloaded, Unavailable)))
        if error is None:
            return reply.message
        if not error.transient:
            raise error
        if running:
            continue  # another may still be answered
        if sent >= policy.retry.attempts and not _waits(policy.retry, error):
            raise error
        due = now + _pause(policy, error, sent)
        if due >= end:
            raise error


def _hedge_due(policy: Policy, now: float, sent: int) -> float | None:
    if policy.hedge_after_s is None or sent >= policy.retry.attempts:
        return None
    return now + policy.hedge_after_s


def _waits(retry: Retry, error: VislexError) -> bool:
    return retry.patient and isinstance(error, (Overloaded, Unavailable))


def _pause(policy: Policy, error: VislexError, sent: int) -> float:
    retry = policy.retry
    if error.retry_after_s is not None:  # and not all at the same moment
        return error.retry_after_s + policy.random() * retry.initial_s
    ceiling: float = retry.initial_s * 2.0 ** min(sent - 1, 60)
    return policy.random() * min(retry.max_s, ceiling)


def _error(policy: Policy, reply: Reply, sent: int, elapsed_s: float) -> VislexError | None:
    if reply.status == "OK":
        return None
    where = _where(policy, sent, elapsed_s, reply.status)
    pushback = _pushback_s(reply.pushback_ms)
    error = from_status(reply.status, reply.details, where=where, retry_after_s=pushback)
    if reply.pushback_ms is not None and pushback is None:
        error.transient = False  # the server asks not to be asked again
    return error


def _pushback_s(text: str | None) -> float | None:
    """Seconds to wait; None for nothing, or for what is no such number: do not ask again.

    As gRPC's own retries read it: https://github.com/grpc/proposal/blob/master/A6-client-retries.md
    """
    if text is None or not text.isdecimal():
        return None
    return int(text) / 1000


def _where(policy: Policy, sent: int, elapsed_s: float, status: str = "") -> str:
    """What every error says: the address, the code and how hard it was tried."""
    parts = [policy.url, f"{status} after {elapsed_s:.2f} s".lstrip()]
    if sent > 1:
        parts.append(f"{sent} attempts")
    if policy.through and status in _UNREACHED:
        parts.append(policy.through)
    return ", ".join(parts)

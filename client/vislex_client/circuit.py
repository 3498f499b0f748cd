"""A circuit breaker: calls to a server that is gone fail at once, save a probe now and then."""

from __future__ import annotations

import threading
from typing import Protocol

from vislex_client.errors import (
    AccessDenied,
    Cancelled,
    DeadlineExceeded,
    Unavailable,
    VislexError,
)
from vislex_client.settings import Circuit


class Breaker(Protocol):
    """Asked before each attempt and told of its end; `now` is monotonic, in seconds."""

    def refuses(self, now: float) -> VislexError | None:
        """The error to fail with instead of an attempt, or None: go on."""

    def record(self, error: VislexError | None, now: float) -> None:
        """How an attempt ended; None is an answer."""


class CircuitBreaker:
    """A `Breaker` over one server, shared by all threads. See `Circuit` for what it does."""

    def __init__(self, circuit: Circuit, url: str) -> None:
        self._circuit = circuit
        self._url = url
        self._lock = threading.Lock()
        self._failures = 0
        self._first_failure = 0.0  # of those in a row
        self._last: VislexError | None = None
        self._open = False
        self._probe_at = 0.0

    def refuses(self, now: float) -> VislexError | None:
        """None while closed, and once each `probe_s` while open; else Unavailable."""
        with self._lock:
            if not self._open:
                return None
            if now >= self._probe_at:
                # Time alone, no "probe under way": a probe that its caller drops blocks nobody.
                self._probe_at = now + self._circuit.probe_s
                return None
            return Unavailable(
                f"not sent: {self._url} has been gone for {now - self._first_failure:.0f} s and is"
                f" asked again in {self._probe_at - now:.1f} s; it ended with: {self._last}",
                transient=True,
                retry_after_s=self._probe_at - now,
            )

    def record(self, error: VislexError | None, now: float) -> None:
        """Counts attempts that found no server; any answer, an error too, says that it is there."""
        with self._lock:
            if isinstance(error, Unavailable) and error.transient:  # a missing model is an answer
                self._first_failure = self._first_failure if self._failures else now
                self._failures += 1
                self._last = error
                gone = now - self._first_failure >= self._circuit.gone_s
                if not self._open and gone and self._failures >= self._circuit.failures:
                    self._open, self._probe_at = True, now + self._circuit.probe_s
            elif not isinstance(error, (DeadlineExceeded, Cancelled, AccessDenied)):
                self._open, self._failures = False, 0


class Closed:
    """The `Breaker` of a client without one."""

    def refuses(self, now: float) -> None:
        """Never."""

    def record(self, error: VislexError | None, now: float) -> None:
        """Nothing to keep."""

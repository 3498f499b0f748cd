"""How many calls may be sent twice: few, or a server that is slow for all gets twice the work."""

from __future__ import annotations

import threading

SHARE = 0.1  # of calls that may be hedged in the long run
BURST = 10.0  # and this many at once


class Allowance:
    """A bucket of hedges, shared by the threads of a client: each call puts a share of one in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = BURST

    def earn(self) -> None:
        """For a call that begins."""
        with self._lock:
            self._left = min(self._left + SHARE, BURST)

    def take(self) -> bool:
        """Whether a hedge may be sent; it is then spent."""
        with self._lock:
            # A share is no exact binary fraction: ten of them are a hair less than one.
            if self._left < 1 - 1e-9:
                return False
            self._left -= 1
            return True

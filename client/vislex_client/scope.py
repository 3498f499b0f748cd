"""What is under way, so that it can be ended together."""

from __future__ import annotations

import threading
from typing import Callable

Wake = Callable[[], object]


class Scope:
    """Calls that end together: each leaves a way to wake it, and `close` wakes them all."""

    def __init__(self, outer: Scope | None = None) -> None:
        self._outer = outer
        self._lock = threading.Lock()
        self._waiting: set[Wake] = set()
        self._closed = False
        if outer is not None:
            outer.enter(self.close)

    def closed(self) -> bool:
        """True once this or an outer scope was closed."""
        return self._closed or (self._outer is not None and self._outer.closed())

    def enter(self, wake: Wake) -> None:
        """`wake` is called by a close, from then until `leave`."""
        with self._lock:
            self._waiting.add(wake)

    def leave(self, wake: Wake) -> None:
        """The other end of `enter`."""
        with self._lock:
            self._waiting.discard(wake)

    def close(self) -> None:
        """Ends what is under way; what begins later ends at once."""
        with self._lock:
            self._closed = True
            waiting = tuple(self._waiting)
        for wake in waiting:
            wake()
        if self._outer is not None:
            self._outer.leave(self.close)

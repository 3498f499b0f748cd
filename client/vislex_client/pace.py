"""How many calls a batch keeps in flight: few, and fewer while the server is full or late.

Additive increase, multiplicative decrease, as TCP does it (https://www.rfc-editor.org/rfc/rfc5681).
What is counted are calls and not seconds, so a machine that is slow is only slow.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Callable, TypeVar

from vislex_client import options

_T = TypeVar("_T")

CALLS_A_CORE = 2  # one in work and one waiting: more only makes each of them slower
_GROWTH = 1 / 8  # of a place, for as many answers as there are places
_LATE_ALONE = 3  # times that a call is late with nothing beside it, until it is given up


@dataclass(frozen=True)
class Window:
    """How many calls may be in flight now."""

    most: int
    size: float  # its whole part is the number of places, from 1 to `most`
    stale: int = 0  # calls sent before `size` was last lowered: their trouble is the same trouble

    @property
    def places(self) -> int:
        return int(self.size)


def answered(window: Window) -> Window:
    """After an answer: a little more, so that a place is added after eight rounds of answers."""
    if window.stale:
        return replace(window, stale=window.stale - 1)
    return replace(window, size=min(window.size + _GROWTH / window.size, float(window.most)))


def troubled(window: Window, in_flight: int) -> Window:
    """After a call that found the server full, late or away: half, and never less than 1.

    `in_flight` counts that call too. The others were sent at the old size, so what they meet
    lowers nothing further.
    """
    if window.stale:
        return replace(window, stale=window.stale - 1)
    return replace(window, size=max(window.size / 2, 1.0), stale=max(in_flight - 1, 0))


class Pace:
    """Turns for the calls of a batch, shared by its threads: see `Window` for how many at once.

    `most` is 2 for each core that this process may use unless given. Raises InvalidOption.
    """

    def __init__(self, most: int | None = None) -> None:
        self.most = CALLS_A_CORE * _cores() if most is None else options.count("concurrency", most)
        self._window = Window(self.most, float(self.most))
        self._running = 0
        self._changed = threading.Condition()

    @property
    def places(self) -> int:
        """How many calls may be in flight now."""
        return self._window.places

    def told(self, trouble: bool) -> None:
        """How an attempt ended: whether the server was full, late or away."""
        with self._changed:
            window = self._window
            self._window = troubled(window, self._running) if trouble else answered(window)
            self._changed.notify_all()

    def asked(self, call: Callable[[], _T], late: type[Exception]) -> _T:
        """What `call()` answers in its turn. Where it raises `late`, it has another turn.

        The server had too much to do at once, then, and by the next turn there is less. A call that
        is late 3 times with no other beside it will not do better: it raises `late`. Closing a
        client ends its calls, so each that waits has its turn at once, and raises.
        """
        alone = 0
        while True:
            with self._turn() as beside:
                try:
                    return call()
                except late:
                    alone += not beside
                    if alone == _LATE_ALONE:
                        raise

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Waits for a place; whether there are others."""
        with self._changed:
            while self._running >= self.places:
                self._changed.wait()
            self._running += 1
            beside = self.places > 1
        try:
            yield beside
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()


def _cores() -> int:
    """Those this process may run on; not every system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""How many calls may be inside the server at once, and which of them are still wanted."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from vislex.calls import CallTable

_FIRST_GUESS_S = 0.5  # of how long a call takes, before one has been seen
_RECEIVING_A_SLOT = 2
_SMOOTHING = 0.1  # weight of the newest call in the running mean
_LEAST_RETRY_MS, _MOST_RETRY_MS = 50, 5_000


@dataclass(frozen=True)
class Call:
    """One admitted call: its slot in the table, when it began and until when it is wanted."""

    slot: int
    began_s: float  # CLOCK_MONOTONIC, like the deadline
    deadline_s: float


class Admission:
    """Slots for the calls inside the server; a call beyond them is turned away at once.

    Fewer slots than any queue of Triton has places, so that no queue ever rejects: one inside a
    branch of an ensemble would leak the request (docs/decisions.md). A slot is held until Triton
    has answered, also for a call whose client has gone.
    """

    def __init__(self, table: CallTable, slots: int) -> None:
        self.slots = slots
        self._table = table
        self._calls: dict[int, Call] = {}
        self._receiving = 0
        self._mean_s = _FIRST_GUESS_S

    @property
    def in_flight(self) -> int:
        return len(self._calls)

    @property
    def full(self) -> bool:
        return len(self._calls) >= self.slots

    @contextmanager
    def receiving(self) -> Iterator[bool]:
        """Whether one more request may be received: bounded, since each holds its image."""
        room = not self.full and self._receiving < _RECEIVING_A_SLOT * self.slots
        self._receiving += room
        try:
            yield room
        finally:
            self._receiving -= room

    def admit(self, deadline_s: float) -> Call | None:
        """A slot for a call that is wanted until `deadline_s`, or None where all are taken."""
        if self.full:
            return None
        call = Call(self._table.take(deadline_s), time.monotonic(), deadline_s)
        self._calls[call.slot] = call
        return call

    def cancel(self, call: Call) -> None:
        """The stages that have not begun this call will skip it."""
        if self._calls.get(call.slot) is call:
            self._table.cancel(call.slot)

    def notes(self, call: Call) -> dict[str, Any]:
        """What the stages have said of this call, which is still inside."""
        return self._table.notes(call.slot)

    def release(self, call: Call) -> None:
        del self._calls[call.slot]
        self._table.give_back(call.slot)
        self._mean_s += _SMOOTHING * (time.monotonic() - call.began_s - self._mean_s)

    def oldest_s(self) -> float:
        """The age of the call that has been inside the longest, 0 where there is none."""
        began = min((call.began_s for call in self._calls.values()), default=math.inf)
        return max(0.0, time.monotonic() - began)

    def retry_after_ms(self) -> int:
        """When a slot is likely to be free: half of what a call takes."""
        return round(min(max(self._mean_s * 500, _LEAST_RETRY_MS), _MOST_RETRY_MS))

"""The calls in flight: the deadline of each, and the notes of its stages.

One table, shared by gateway and stages.

The gateway passes no cancellation or deadline on to Triton (24.10 crashes on one). It keeps each
call's deadline here, in a file that the Python stages map into memory, and sends the call's slot
along as a request parameter. A stage asks before it works, and leaves a note for the call's line in
the log; nothing is sent between processes. Deadlines are of CLOCK_MONOTONIC, which all processes of
a machine share and which never goes back.
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vislex.contract.models import MODELS
from vislex.errors import Abandoned, InvalidOption

SLOT = "vislex_call"  # the request parameter; the gateway overwrites a caller's own
TABLE_VARIABLE = "VISLEX_CALLS"  # where the stages find the table
CANARY_ID = (
    "canary"  # the request id of the gateway's own calls, which are not counted as a caller's
)
# The stages that leave notes, each in a place of its own.
LANES = tuple(name for name, model in MODELS.items() if model.notes)
_NOTE_BYTES = 512
_ROW = np.dtype([("deadline", np.float64), *((lane, f"S{_NOTE_BYTES}") for lane in LANES)])
_CANCELLED = 0.0
_FREE = np.inf


class CallTable:
    """The gateway's side: a slot for each call that may be in flight."""

    def __init__(self, path: Path, slots: int) -> None:
        rows = np.zeros(slots, _ROW)
        rows["deadline"] = _FREE
        rows.tofile(path)
        self.path = path
        self._rows = np.memmap(path, _ROW, "r+")
        self._deadlines = self._rows["deadline"]
        self._free = list(range(slots))

    def take(self, deadline_s: float) -> int:
        """A slot for a call that is wanted until `deadline_s`; IndexError when none is free."""
        slot = self._free.pop()
        for lane in LANES:
            self._rows[lane][slot] = b""
        self._deadlines[slot] = deadline_s
        return slot

    def cancel(self, slot: int) -> None:
        """Marks that nobody waits for this call any more; its slot stays taken until it ends."""
        self._deadlines[slot] = _CANCELLED

    def give_back(self, slot: int) -> None:
        self._deadlines[slot] = _FREE
        self._free.append(slot)

    def notes(self, slot: int) -> dict[str, Any]:
        """The notes of all stages on the call in `slot`."""
        notes: dict[str, Any] = {}
        for lane in LANES:
            notes |= _read_note(self._rows[lane][slot])
        return notes


class WantedCalls:
    """The stages' side: is this call's answer still wanted?"""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Maps the table that VISLEX_CALLS names; without one every call is wanted."""
        path = environ.get(TABLE_VARIABLE)
        self._rows = np.memmap(path, _ROW, "r+") if path else np.empty(0, _ROW)

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Raises Abandoned if nobody waits for the answer any more."""
        slot = self._slot(parameters)
        if slot is None:
            return
        deadline = float(self._rows["deadline"][slot])
        if deadline == _CANCELLED:
            raise Abandoned("the client cancelled the request")
        if time.monotonic() > deadline:
            raise Abandoned("the deadline passed before the request was done")

    def note(self, parameters: Mapping[str, Any], lane: str, fields: Mapping[str, Any]) -> None:
        """Adds `fields` to what stage `lane` says of the call; too much for the lane is dropped.

        Never content: only sizes, digests, times, names and the decision.
        """
        slot = self._slot(parameters)
        if slot is None or lane not in LANES:
            return
        known = _read_note(self._rows[lane][slot])
        encoded = json.dumps(
            {**known, **fields}, ensure_ascii=False, separators=(",", ":")
        ).encode()
        if len(encoded) <= _NOTE_BYTES:
            self._rows[lane][slot] = encoded

    def _slot(self, parameters: Mapping[str, Any]) -> int | None:
        slot = parameters.get(SLOT)
        if slot is None or not len(self._rows):
            return None
        if not isinstance(slot, int) or not 0 <= slot < len(self._rows):
            raise InvalidOption(f"{SLOT} is {slot!r}; it is the gateway's to set")
        return slot


def _read_note(encoded: bytes) -> dict[str, Any]:
    """A note; empty if there is none or a stage died while writing it."""
    try:
        notes = json.loads(encoded)
    except ValueError:
        return {}
    return notes if isinstance(notes, dict) else {}

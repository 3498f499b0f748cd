"""Health that tells the truth: a canary goes through every stage again and again."""

import asyncio
import time
from dataclasses import dataclass

import grpc

from vislex.gateway.admission import Admission
from vislex.gateway.state import State
from vislex.gateway.upstream import forward, worker_died

_BETWEEN_S = 3.0
_CANARY_S = 5.0  # until a canary that has not come back counts against the server
_POLL_S = 0.25


@dataclass(frozen=True)
class Patience:
    """How long a server may be unwell before it is restarted, in seconds."""

    failing_s: float = 30.0  # canaries that answer an error
    silent_s: float = 60.0  # nothing at all comes back
    stuck_s: float = 180.0  # one call does not, though others do


async def watch_canary(
    state: State, admission: Admission, request: bytes, patience: Patience
) -> None:
    """Sends `request` every few seconds for as long as the task lives and keeps `state` true.

    A canary that answers an error makes the server unready at once; one that is late only if no
    call of a client came through meanwhile either, for under load it waits like any other. It is
    never cancelled (that would take Triton 24.10 down), and there is never more than one.
    """
    well_s = time.monotonic()
    while True:
        channel = state.channel
        if channel is None:
            await asyncio.sleep(_POLL_S)
            well_s = time.monotonic()
            continue
        trouble = await _send(state, channel, request, patience)
        if state.channel is not channel:
            continue
        state.set_trouble(trouble)
        if not trouble:
            well_s = time.monotonic()
        elif time.monotonic() - well_s > patience.failing_s:
            state.failing = True
            state.sick.set()
        if admission.oldest_s() > patience.stuck_s:
            state.set_trouble(f"a call has not come back for {admission.oldest_s():.0f} s")
            state.sick.set()
        await asyncio.sleep(_BETWEEN_S if not trouble else _BETWEEN_S / 3)


async def _send(state: State, channel: grpc.aio.Channel, request: bytes, patience: Patience) -> str:
    """Waits for one canary to end; says what is wrong with it, "" for nothing."""
    sent_s, late = time.monotonic(), ""
    canary = asyncio.create_task(forward(channel, "ModelInfer", request))
    canary.add_done_callback(lambda done: done.cancelled() or done.exception())  # also if left
    while not canary.done():
        await asyncio.wait([canary], timeout=_POLL_S)
        if state.channel is not channel:
            return "the model server went away"  # its connection ends the canary
        now = time.monotonic()
        silent_s, gone_s = now - max(sent_s, state.served_s), now - sent_s
        was_late, late = late, ""
        if silent_s > _CANARY_S or gone_s > patience.silent_s:
            late = f"a canary has not come back for {gone_s:.0f} s"
        if late or was_late:
            state.set_trouble(late)
        if silent_s > patience.silent_s or gone_s > patience.stuck_s:
            state.sick.set()
    try:
        canary.result()
    except grpc.aio.AioRpcError as error:
        if worker_died(error):
            state.illness = error.details() or ""
            state.sick.set()
        return f"the canary failed: {error.details()}"
    return ""

"""Health checks that test whole pipelines: canaries pass every stage every few seconds."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import grpc

from vislex.gateway.admission import Admission
from vislex.gateway.state import State
from vislex.gateway.upstream import forward, worker_died

_BETWEEN_S = 3.0
_CANARY_S = 5.0  # after this a canary without an answer counts as a failure
_POLL_S = 0.25


@dataclass(frozen=True)
class Patience:
    """How long a server may be unwell before it is restarted, in seconds."""

    failing_s: float = 30.0  # canaries that answer an error
    silent_s: float = 60.0  # nothing at all comes back
    stuck_s: float = 180.0  # one call does not, though others do


async def watch_canaries(
    state: State, admission: Admission, requests: Mapping[str, bytes], patience: Patience
) -> None:
    """Sends `requests` every few seconds for as long as the task lives and keeps `state` true.

    There is one request for each model (by name), and they are sent one after the other. A canary
    that answers an error makes the server unready at once; one that is late only if no call of a
    client to one of these models came through meanwhile either, for under load it waits like any
    other. It is never cancelled (that would take Triton 24.10 down), and there is never more than
    one at a time. The server is ready again once all of them have come back.
    """
    well_s = time.monotonic()
    while True:
        channel = state.channel
        if channel is None:
            await asyncio.sleep(_POLL_S)
            well_s = time.monotonic()
            continue
        trouble = await _send_each(state, channel, requests, patience)
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


async def _send_each(
    state: State, channel: grpc.aio.Channel, requests: Mapping[str, bytes], patience: Patience
) -> str:
    """Waits for each canary in turn; the first thing that is wrong with one, "" for nothing."""
    for model, request in requests.items():
        trouble = await _send(state, channel, request, patience)
        if trouble or state.channel is not channel:
            return f"{model}: {trouble}" if trouble else ""
    return ""


async def _send(state: State, channel: grpc.aio.Channel, request: bytes, patience: Patience) -> str:
    """Waits for one canary to end; says what is wrong with it, "" for nothing."""
    sent_s, before, late = time.monotonic(), state.trouble, ""
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
            state.set_trouble(late or before)  # what another canary said is still true
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

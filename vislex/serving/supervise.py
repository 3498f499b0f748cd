"""Keeps one `tritonserver` running: starts it, and restarts it when it dies or stops answering."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import grpc

from vislex.errors import ModelFailed, ServerError
from vislex.gateway.relay import Relay
from vislex.gateway.state import State
from vislex.gateway.upstream import forward
from vislex.infer.grpc import GrpcInfer
from vislex.infer.probe import Probe, require_same
from vislex.network.direct import NO_PROXY
from vislex.serving.installation import Installation
from vislex.serving.log import death_of
from vislex.serving.ports import ANY_PORTS, choose_ports
from vislex.serving.process import end, spawn
from vislex.serving.server import LOOPBACK, Server, triton_command
from vislex.serving.settings import Restarts
from vislex.serving.shm import region_prefix, remove_regions
from vislex.serving.startup import Start

_LOG = logging.getLogger(__name__)
_STOP_S = 5.0  # it is either drained or not well; what it can still answer, it has by then
_POLL_S = 0.1
_SETTLE_S = 5.0  # for the calls that were inside to hear of its end
# Only the gateway speaks to it, over gRPC on loopback.
_PRIVATE = ("--allow-http=false",)
_CHANNEL = (
    *NO_PROXY,
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),
    # It is asked from before it listens: without these the pauses between tries grow to seconds.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
)


@dataclass(frozen=True)
class Plan:
    """How to start the server."""

    installation: Installation
    repository: Path  # as of `readable`
    environment: Mapping[str, str]
    log: Path
    ready_timeout_s: float
    arguments: tuple[str, ...] = ()
    probe: Probe | None = None  # what the encoder must answer before calls are accepted


async def supervise(
    plan: Plan, relay: Relay, restarts: Restarts, started: Callable[[Server], None]
) -> None:
    """Runs until cancelled.

    Raises ServerError when the first start fails, or when the server died too often by itself, and
    RepositoryError when this machine computes the encoder otherwise than its source does. What dies
    with a caller's call inside does not count: whatever is sent cannot end the launcher.
    """
    ends: deque[float] = deque(maxlen=restarts.at_most)
    wait_s, ever_up = restarts.first_wait_s, False
    while True:
        began_s = time.monotonic()
        try:
            reason = await _run_once(plan, relay.state, started)
            ever_up, by_calls = True, await _with_calls_inside(relay)
        except ServerError as error:
            if not ever_up:
                raise
            reason, by_calls = str(error), False
        now = time.monotonic()
        if now - began_s > restarts.within_s:
            wait_s = restarts.first_wait_s
        if by_calls:
            pause_s, reason = restarts.first_wait_s, f"{reason} (with calls inside)"
            relay.metrics.restarts_by_calls += 1
        else:
            if len(ends) == restarts.at_most and now - ends[0] < restarts.within_s:
                raise ServerError(
                    f"gave up after {restarts.at_most} restarts within {now - ends[0]:.0f} s; "
                    f"the last time: {reason}"
                )
            ends.append(now)
            pause_s, wait_s = wait_s, min(2 * wait_s, restarts.longest_wait_s)
        _LOG.error("restarting in %.1f s: %s", pause_s, reason)
        await asyncio.sleep(pause_s)
        relay.metrics.restarts += 1


async def _with_calls_inside(relay: Relay) -> bool:
    """Whether the server that has just ended did so while it worked for callers.

    It was well then: nobody is let in before its canary came back.
    """
    deadline = time.monotonic() + _SETTLE_S
    while relay.admission.in_flight and time.monotonic() < deadline:
        await asyncio.sleep(_POLL_S)
    state = relay.state
    return relay.quarantine.blamed_life == state.lives and not state.failing


async def _run_once(plan: Plan, state: State, started: Callable[[Server], None]) -> str:
    """One run of the server; returns why it ended. Raises ServerError when it did not start."""
    ports, prefix = choose_ports(ANY_PORTS, LOOPBACK), region_prefix()
    command = triton_command(
        plan.installation, plan.repository, LOOPBACK, ports, prefix, [*_PRIVATE, *plan.arguments]
    )
    if plan.log.is_file() and not plan.log.is_symlink():  # what the last one said is kept beside
        plan.log.replace(plan.log.with_name(plan.log.name + ".1"))
    # On the loop's own thread: the child is tied to the life of the thread that starts it.
    environment = {**plan.installation.environment, **plan.environment}
    process = spawn(command, environment, plan.log, plan.installation.folder)
    server = Server(LOOPBACK, ports, process, plan.log)
    channel = grpc.aio.insecure_channel(server.grpc_url, options=_CHANNEL)
    try:
        await _until_ready(server, channel, plan.ready_timeout_s)
        if plan.probe is not None:
            await _prove(server, plan.probe, plan.ready_timeout_s)
        state.up(channel)
        started(server)
        return await _until_ill(server, state)
    finally:
        state.down("the model server is restarting")
        await asyncio.shield(asyncio.to_thread(end, process, _STOP_S))
        # Calls end with the server; a channel closed before would cancel them.
        await channel.close(grace=1.0)
        remove_regions(prefix)


async def _until_ready(server: Server, channel: grpc.aio.Channel, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    start = Start(server.process, server.log)
    while time.monotonic() < deadline:
        start.check()
        try:
            if await forward(channel, "ServerReady", b"", timeout_s=2.0):
                return
        except grpc.aio.AioRpcError:
            pass  # not listening yet
        await asyncio.sleep(_POLL_S)
    raise ServerError(f"tritonserver was not ready after {timeout_s:.0f} s; its log: {server.log}")


async def _prove(server: Server, probe: Probe, timeout_s: float) -> None:
    """Raises RepositoryError where the encoder computes otherwise here: no restart mends that."""
    asked = asyncio.to_thread(require_same, GrpcInfer(server.grpc_url, waits_s=()), probe)
    try:
        await asyncio.wait_for(asked, timeout_s)
    except ModelFailed as error:
        raise ServerError(f"the encoder did not answer its probe: {error}") from error
    except TimeoutError:
        raise ServerError(f"the encoder did not answer its probe in {timeout_s:.0f} s") from None


async def _until_ill(server: Server, state: State) -> str:
    while not state.sick.is_set():
        status = server.process.poll()
        if status is not None:
            return f"tritonserver ended with status {death_of(status, server.log)}"
        await asyncio.sleep(_POLL_S)
    return f"the server is ill: {state.illness or state.trouble}"

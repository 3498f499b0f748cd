"""One launch from start to end: gateway, supervised server, drain."""

import asyncio
import signal
import sys
from contextlib import suppress

from vislex.calls import TABLE_VARIABLE, CallTable
from vislex.gateway.access_log import set_up_logging
from vislex.gateway.admission import Admission
from vislex.gateway.certificates import check_tls
from vislex.gateway.health import watch_canaries
from vislex.gateway.metrics import GatewayMetrics
from vislex.gateway.relay import Relay
from vislex.gateway.server import MESSAGE_SLACK, Face, Gateway
from vislex.gateway.state import State
from vislex.gateway.tokens import Tokens
from vislex.images.limits import Limits
from vislex.infer.probe import read_probe
from vislex.live.settings import environment_of
from vislex.network.addresses import with_port
from vislex.serving.cache import cache_arguments
from vislex.serving.canary import canary_request
from vislex.serving.installation import find_installation
from vislex.serving.ports import Ports, choose_ports
from vislex.serving.readable import readable, scratch_folder, surroundings
from vislex.serving.server import Server
from vislex.serving.settings import Settings
from vislex.serving.shm import check_room, remove_orphans
from vislex.serving.supervise import Plan, supervise


async def serve(settings: Settings, limits: Limits) -> None:
    """Serves until SIGTERM or SIGINT, then drains; a second signal ends it at once.

    Raises ServerError when it cannot start, or gives up on a server that keeps dying, and
    RepositoryError when its encoder is not what it was where it was exported.
    """
    set_up_logging(settings.log_format)
    if settings.tls:
        check_tls(settings.tls)
    probe = read_probe(settings.repository)
    ports = choose_ports(settings.ports, settings.host)
    tokens = Tokens(settings.token_file) if settings.token_file else None
    slots = settings.slots()
    with scratch_folder() as scratch, readable(settings.repository, scratch) as repository:
        table = CallTable(scratch / "calls", slots)
        state, metrics = State(), GatewayMetrics()
        relay = Relay(
            state, Admission(table, slots), metrics, settings.accepted(),
            frozenset(settings.canary_models()), settings.longest_s, settings.model_names(),
        )  # fmt: skip
        face = Face(
            settings.host, ports.grpc, ports.http, ports.metrics, settings.tls, tokens,
            settings.open_health, limits.max_bytes + MESSAGE_SLACK,
        )  # fmt: skip
        gateway = Gateway(face, relay)
        installation = find_installation(scratch)
        remove_orphans()
        check_room(settings.repository, installation)
        plan = Plan(
            installation,
            repository,
            surroundings(settings.collector())
            | environment_of(settings.galleries)
            | {TABLE_VARIABLE: str(table.path)},
            settings.log or scratch / "tritonserver.log",
            settings.ready_timeout_s,
            (*settings.trace_arguments(), *cache_arguments(settings.cache_mb)),
            probe,
        )
        await gateway.open()
        try:
            await _run(settings, ports, plan, gateway, relay)
        finally:
            await gateway.close()


async def _run(
    settings: Settings, ports: Ports, plan: Plan, gateway: Gateway, relay: Relay
) -> None:
    """Until the first signal, then the drain; or until the supervisor raises."""

    def started(server: Server) -> None:
        gateway.triton_metrics_url = server.metrics_url

    canaries = {model: canary_request(model) for model in settings.canary_models()}
    supervisor = asyncio.create_task(supervise(plan, relay, settings.restarts, started))
    tasks = [
        asyncio.create_task(
            watch_canaries(relay.state, relay.admission, canaries, settings.patience)
        ),
        asyncio.create_task(_announce(settings, ports, plan, relay.state)),
    ]
    signals = _signals()
    first = asyncio.create_task(signals.get())
    try:
        await asyncio.wait({supervisor, first}, return_when=asyncio.FIRST_COMPLETED)
        if supervisor.done():
            supervisor.result()  # raises why
        grace_s = settings.grace_s if first.result() == signal.SIGTERM else 0.0
        drain = asyncio.create_task(gateway.drain(grace_s, settings.drain_s))
        second = asyncio.create_task(signals.get())
        await asyncio.wait({drain, second, supervisor}, return_when=asyncio.FIRST_COMPLETED)
        left = drain.result() if drain.done() else relay.admission.in_flight
        print(f"stopped, {left} calls unfinished" if left else "stopped", flush=True)
    finally:
        for task in (*tasks, supervisor):
            task.cancel()
        for task in (*tasks, supervisor):
            with suppress(asyncio.CancelledError, Exception):  # raised above already
                await task


async def _announce(settings: Settings, ports: Ports, plan: Plan, state: State) -> None:
    """Says where it answers, once it does."""
    async for ready in state.changes():
        if ready:
            break
    url, http, metrics = (
        with_port(settings.host, port) for port in (ports.grpc, ports.http, ports.metrics)
    )
    hints = "\n".join(  # the client has a command of each model's name
        f"  {sys.executable} -m vislex_client {model} IMAGE --url {url}"
        for model in settings.canary_models()
    )
    print(
        f"ready: gRPC {url}, HTTP http://{http}, metrics http://{metrics}/metrics\n"
        f"log {plan.log}; Ctrl-C stops it\n{hints}",
        flush=True,
    )


def _signals() -> asyncio.Queue[signal.Signals]:
    queue: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, queue.put_nowait, number)
    return queue

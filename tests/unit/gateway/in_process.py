"""A gateway in this process, over a stand-in for Triton or over nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc

from vislex.calls import CallTable
from vislex.contract.galleries import GALLERY
from vislex.contract.images import OCR, OCR_DET, OCR_REC
from vislex.contract.screens import CLASSIFY
from vislex.gateway.accepted import Accepted
from vislex.gateway.admission import Admission
from vislex.gateway.metrics import GatewayMetrics
from vislex.gateway.relay import Relay
from vislex.gateway.server import Face, Gateway
from vislex.gateway.state import State
from vislex.network.addresses import with_port
from vislex.serving.ports import ANY_PORTS, choose_ports

HOST = "127.0.0.1"
ACCEPTED = {
    "classify": Accepted(CLASSIFY),
    "gallery": Accepted(GALLERY),
}
OPENED = ACCEPTED | {  # as with --open-models: batches, and dims that vary
    "ocr_rec": Accepted(OCR_REC, most_items=16),
    "ocr_det": Accepted(OCR_DET, most_items=0),
    "ocr": Accepted(OCR, most_items=8),
}


def relay_over(folder: Path, slots: int = 4, longest_s: float = 30.0) -> Relay:
    """What a gateway shares; no server is up behind it yet."""
    table = CallTable(folder / "calls", slots)
    return Relay(
        State(), Admission(table, slots), GatewayMetrics(), ACCEPTED,
        frozenset({"classify"}), longest_s,
        frozenset({"classify", "match"}),
    )  # fmt: skip


@asynccontextmanager
async def gateway_over(
    url: str | None, relay: Relay, **face: Any
) -> AsyncIterator[tuple[Gateway, Face]]:
    """An open gateway; `url` is the stand-in's, None for a server that is not up."""
    host = face.pop("host", HOST)
    ports = choose_ports(ANY_PORTS, host)
    look = Face(host, ports.grpc, ports.http, ports.metrics, **face)
    gateway = Gateway(look, relay)
    await gateway.open()
    channel = None
    if url is not None:
        channel = grpc.aio.insecure_channel(url)
        relay.state.up(channel)
        relay.state.set_trouble("")
    try:
        yield gateway, look
    finally:
        await gateway.close()
        if channel is not None:
            await channel.close()


def address(face: Face) -> str:
    return with_port(face.host, face.grpc_port)


@asynccontextmanager
async def connected(url: str | None, relay: Relay, **face: Any) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a gateway as of `gateway_over`."""
    async with (
        gateway_over(url, relay, **face) as (_, look),
        grpc.aio.insecure_channel(address(look)) as channel,
    ):
        yield channel

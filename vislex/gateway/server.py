"""The gateway's ports, opened over a `State`, and its shutdown without losing a call."""

import asyncio
import http.client
import time
from dataclasses import dataclass

import grpc

from vislex.errors import ServerError
from vislex.gateway.http import Reply, serve_http
from vislex.gateway.relay import Relay
from vislex.gateway.service import Service
from vislex.gateway.tls import Tls
from vislex.gateway.tokens import Tokens
from vislex.network.addresses import with_port
from vislex.network.direct import open_url

MESSAGE_SLACK = 1 << 20  # bytes of a request that are not the image
_POLL_S = 0.05
_STOP_S = 1.0


@dataclass(frozen=True)
class Face:
    """Where the gateway listens, and what a caller has to bring."""

    host: str  # without brackets
    grpc_port: int
    http_port: int
    metrics_port: int
    tls: Tls | None = None
    tokens: Tokens | None = None
    open_health: bool = False
    max_message_bytes: int = 20_000_000 + MESSAGE_SLACK


class Gateway:
    """The open ports. `triton_metrics` is asked for the address of the server's own metrics."""

    def __init__(self, face: Face, relay: Relay) -> None:
        self._face, self._relay = face, relay
        self.triton_metrics_url: str | None = None
        self._grpc = grpc.aio.server(
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", face.max_message_bytes),
                ("grpc.max_send_message_length", -1),
                # A dead peer is noticed; one that asks too often is not closed on.
                ("grpc.keepalive_time_ms", 60_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
                ("grpc.keepalive_permit_without_calls", 1),
            ],
            # Bodies still arriving are bounded as well as calls inside.
            maximum_concurrent_rpcs=16 * relay.admission.slots + 256,
        )
        self._http: list[asyncio.Server] = []

    async def open(self) -> None:
        """Listens. Raises ServerError where a port cannot be had or a certificate not be used."""
        face = self._face
        service = Service(self._relay, face.tokens, face.open_health)
        self._grpc.add_generic_rpc_handlers((service,))
        address = with_port(face.host, face.grpc_port)
        try:
            if face.tls is None:
                self._grpc.add_insecure_port(address)
            else:
                self._grpc.add_secure_port(address, face.tls.credentials())
            await self._grpc.start()
            for handler, port in (
                (self._health, face.http_port),
                (self._metrics, face.metrics_port),
            ):
                self._http.append(await serve_http(handler, face.host, port))
        except (RuntimeError, OSError) as error:
            raise ServerError(f"cannot listen on {address}: {error}") from None

    async def drain(self, grace_s: float, drain_s: float) -> int:
        """Shows unready for `grace_s`, takes no new calls, lets those inside finish.

        Answers how many were still inside after `drain_s`.
        """
        state, admission = self._relay.state, self._relay.admission
        state.drain()
        deadline = time.monotonic() + drain_s
        await asyncio.sleep(min(grace_s, drain_s))
        state.closed = True
        while admission.in_flight and time.monotonic() < deadline:
            await asyncio.sleep(_POLL_S)
        return admission.in_flight

    async def close(self) -> None:
        await self._grpc.stop(_STOP_S)
        for server in self._http:
            server.close()

    async def _health(self, path: str) -> Reply:
        state = self._relay.state
        models = {f"/v2/models/{name}/ready" for name in self._relay.models}
        if path == "/v2/health/live":
            return Reply(200)
        if path == "/v2/health/ready" or path in models:
            if state.ready:
                return Reply(200)
            return Reply(503, ("shutting down" if state.draining else state.trouble) + "\n")
        return Reply(404)

    async def _metrics(self, path: str) -> Reply:
        if path != "/metrics":
            return Reply(404)
        relay = self._relay
        ours = relay.metrics.text(
            in_flight=relay.admission.in_flight,
            ready=relay.state.ready,
            quarantined=relay.quarantine.refused,
        )
        return Reply(200, await asyncio.to_thread(_fetch, self.triton_metrics_url) + ours)


def _fetch(url: str | None) -> str:
    """Triton's own metrics, or nothing while it is down: ours are wanted then most of all."""
    if url is None:
        return ""
    try:
        with open_url(url, timeout_s=2.0) as answer:
            return answer.read().decode()
    except (OSError, http.client.HTTPException):  # the second where it ends in mid-answer
        return ""

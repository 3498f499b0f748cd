"""The edge to gRPC: channels, credentials, metadata, and what an ended call says.

gRPC takes a third of a second to import, so the first channel imports it and not this module.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Callable, Union

from vislex_client import options, proxy
from vislex_client.asks import Ask, Metadata
from vislex_client.attempts import Reply
from vislex_client.errors import AccessDenied, InvalidOption
from vislex_client.images import MAX_IMAGE_BYTES
from vislex_client.settings import Tls

Token = Union[str, Callable[[], str]]

_PUSHBACK = "grpc-retry-pushback-ms"
# The caller's word -> the name in grpc.Compression.
_COMPRESSIONS = {None: "NoCompression", "gzip": "Gzip", "deflate": "Deflate"}
_ARGUMENTS: dict[str, int | str] = {
    # gRPC takes 4 MB unless told otherwise, and a photo of a screen is more than that.
    "grpc.max_send_message_length": MAX_IMAGE_BYTES + 2**20,
    "grpc.max_receive_message_length": -1,
    # A connection that died without a word (a router dropped it) is noticed 10 s after data went
    # unacknowledged, not at the deadline. No ping is sent while nothing is asked: Triton closes
    # connections that are pinged more often than every 5 minutes without data.
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.keepalive_permit_without_calls": 0,
    # A server that comes back is found within seconds; gRPC's own back-off grows to 2 minutes.
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.min_reconnect_backoff_ms": 2_000,
    "grpc.max_reconnect_backoff_ms": 3_000,
    "grpc.dns_min_time_between_resolutions_ms": 5_000,  # and so is a replica that is new
    # Two clients of one address do not share a connection, so neither waits out the other's.
    "grpc.use_local_subchannel_pool": 1,
    # Calls go in turn to every address the name resolves to. `attempts.py` retries, and knows of
    # the deadline, the circuit and hedging; gRPC's own retries would multiply with it.
    "grpc.service_config": json.dumps({"loadBalancingConfig": [{"round_robin": {}}]}),
    "grpc.enable_retries": 0,
}


@dataclass(frozen=True)
class Connection:
    """How to reach a server; checked when made. Raises InvalidOption."""

    url: str
    tls: Tls | None
    token: Token | None = field(repr=False)  # a secret
    compression: str | None  # None, "gzip" or "deflate"
    keepalive_s: float
    proxy: bool = True  # may that of the environment be used, where the server is not on loopback?

    def __post_init__(self) -> None:
        options.address(self.url)
        options.seconds("keepalive_s", self.keepalive_s)
        if self.compression not in _COMPRESSIONS:
            expected = f"one of {tuple(_COMPRESSIONS)}"
            raise InvalidOption(f"compression is {self.compression!r}; expected {expected}")
        if not isinstance(self.proxy, bool):
            raise InvalidOption(f"proxy is {self.proxy!r}; expected True or False")
        if self.tls is not None:
            self.tls.read()
        if isinstance(self.token, str):
            _bearer(self.token)

    def stub(self, maker: Any) -> tuple[Any, Any]:
        """A channel and its stub; `maker` is `grpc` or `grpc.aio`. Nothing is sent yet."""
        import grpc
        from tritonclient.grpc import service_pb2_grpc

        arguments = {**_ARGUMENTS, **proxy.arguments(self.url, self.proxy)}
        arguments["grpc.keepalive_time_ms"] = int(self.keepalive_s * 1000)
        compression = getattr(grpc.Compression, _COMPRESSIONS[self.compression])
        if self.tls is None:
            given = list(arguments.items())
            channel = maker.insecure_channel(self.url, options=given, compression=compression)
        else:
            if self.tls.server_name is not None:
                arguments["grpc.ssl_target_name_override"] = self.tls.server_name
            credentials = grpc.ssl_channel_credentials(*self.tls.read())
            channel = maker.secure_channel(
                self.url, credentials, options=list(arguments.items()), compression=compression
            )
        return channel, service_pb2_grpc.GRPCInferenceServiceStub(channel)

    def metadata(self, ask: Ask[Any]) -> Metadata:
        """The headers of one attempt. Raises AccessDenied where `token()` fails."""
        if self.token is None:
            return ask.metadata
        token = self.token
        if not isinstance(token, str):
            try:
                token = token()  # each time, for a token expires
            except Exception as error:  # the caller's own function may raise anything
                raise AccessDenied(f"token() failed: {error!r}") from error
        return (*ask.metadata, ("authorization", _bearer(token)))


def reply(code: Any, details: str | None, trailing: Any, message: Any) -> Reply:
    """What an ended call says, as `attempts` reads it."""
    pushback = next((str(value) for key, value in trailing or () if key == _PUSHBACK), None)
    return Reply(code.name, details or "", message, pushback)


def _bearer(token: Any) -> str:
    """The token is in no message: it is a secret."""
    if not isinstance(token, str) or not token or not (token.isascii() and token.isprintable()):
        raise InvalidOption("token does not fit into a header; expected printable ASCII text")
    return f"Bearer {token}"

"""The two small HTTP endpoints: health for probes, and metrics."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from vislex.network.addresses import to_bind

_HEAD_BYTES = 8192
_HEAD_S = 5.0
_STATUS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    status: int
    body: str = ""


Handler = Callable[[str], Awaitable[Reply]]  # path -> reply


async def serve_http(
    handler: Handler, host: str, port: int, tls: ssl.SSLContext | None = None
) -> asyncio.Server:
    """Answers GET and HEAD with `handler`, one request a connection."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whatever a peer does to its own connection ends that connection and nothing else.
        with suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError,
                      asyncio.LimitOverrunError):  # fmt: skip
            async with asyncio.timeout(_HEAD_S):
                head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
            reply = Reply(405)
            if method in ("GET", "HEAD"):
                reply = await handler(target.split("?", 1)[0])
            writer.write(_encoded(reply, with_body=method != "HEAD"))
            async with asyncio.timeout(_HEAD_S):
                await writer.drain()
        writer.close()

    hosts = to_bind(host)
    return await asyncio.start_server(connected, hosts, port, limit=_HEAD_BYTES, ssl=tls)


def _encoded(reply: Reply, with_body: bool) -> bytes:
    body = reply.body.encode()
    head = (
        f"HTTP/1.1 {reply.status} {_STATUS[reply.status]}\r\n"
        "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")

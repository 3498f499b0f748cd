"""What a caller sends: its message, which of its headers are passed on, and who it is."""

import asyncio
import hashlib
import re
from collections.abc import Mapping

import grpc

from vislex.gateway.accepted import usable_id
from vislex.gateway.refusal import expired, invalid

_BODY_S = 30.0  # for the request itself to arrive

Headers = tuple[tuple[str, str], ...]

# https://www.w3.org/TR/trace-context/: what does not fit is to be left out, and its state with it.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_MOST_STATE = 512  # characters of a tracestate


async def receive(context: grpc.aio.ServicerContext) -> bytes:
    """The one message of a call. Raises Refusal where none comes."""
    try:
        async with asyncio.timeout(_BODY_S):
            body = await context.read()
    except TimeoutError:
        raise expired() from None
    if not isinstance(body, bytes):
        raise invalid("the call ended without a request")
    return body


def trace_of(headers: Mapping[str, str]) -> Headers:
    """The caller's trace context, as Triton may have it."""
    parent, state = headers.get("traceparent", ""), headers.get("tracestate", "")
    if not _TRACEPARENT.fullmatch(parent):
        return ()
    passed = (("traceparent", parent),)
    return (*passed, ("tracestate", state)) if 0 < len(state) <= _MOST_STATE else passed


def given_id_of(headers: Mapping[str, str]) -> str:
    """The id that a proxy gave the request, "" where there is none that can be used."""
    given = headers.get("x-request-id", "")
    return given if usable_id(given) else ""


def caller_of(context: grpc.aio.ServicerContext, token: str) -> bytes:
    """What tells callers apart: the token, else the certificate, else the address; a digest.

    `token` is the `authorization` header where it has been checked, else "".
    """
    names = b" ".join(context.peer_identities() or ())
    address, _, _ = context.peer().rpartition(":")  # without the port
    word = token.rpartition(" ")[2].encode()
    return hashlib.blake2b(word or names or address.encode(), digest_size=16).digest()

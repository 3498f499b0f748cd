"""Calls to the server behind the gateway, and the meaning of its failures."""

import grpc

INFERENCE = "/inference.GRPCInferenceService/"


async def forward(
    channel: grpc.aio.Channel,
    method: str,
    body: bytes,
    headers: tuple[tuple[str, str], ...] = (),
    timeout_s: float | None = None,
) -> bytes:
    """One call to Triton, bytes in and out. An inference must not have `timeout_s`."""
    call = channel.unary_unary(INFERENCE + method)
    answer: bytes = await call(body, metadata=headers, timeout=timeout_s)
    return answer


def worker_died(error: grpc.aio.AioRpcError) -> bool:
    """Whether a Python worker is dead. Triton 24.10 never starts one again, and stays ready."""
    return "is not healthy" in (error.details() or "")


def connection_lost(error: grpc.aio.AioRpcError) -> bool:
    """Whether the connection broke, as against an UNAVAILABLE that Triton itself answered."""
    return error.code() == grpc.StatusCode.UNAVAILABLE and any(
        words in (error.details() or "")
        for words in ("Socket closed", "recvmsg", "Connection reset", "failed to connect", "GOAWAY")
    )


def never_sent(error: grpc.aio.AioRpcError) -> bool:
    """Whether there was no connection to send it over: it was never inside the server."""
    return error.code() == grpc.StatusCode.UNAVAILABLE and "failed to connect" in (
        error.details() or ""
    )

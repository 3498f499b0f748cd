"""What the gateway costs: the same cheap call sent straight to Triton and through it.

The call is one that Triton refuses in its first step (bytes that are no image), so that what is
measured is the way there and back. Prints latency alone and calls a second with 16 in flight, for
requests of 1 kB, 200 kB (a screenshot) and 2 MB.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import grpc

from vislex.cli import guard, new_parser, seconds
from vislex.gateway import wire
from vislex.gateway.upstream import INFERENCE
from vislex.network.direct import NO_PROXY
from vislex.serving.background import run_service
from vislex.serving.server import run_triton_server

_PROG = "python -m loadtest.gateway"

SIZES = (1_000, 200_000, 2_000_000)
TOGETHER = 16
ROUNDS = 4
OPTIONS = (("grpc.max_send_message_length", -1), *NO_PROXY)


@dataclass(frozen=True)
class Measured:
    """Median latency alone, and calls a second with TOGETHER in flight."""

    latency_ms: float
    rate: float


async def _ask(channel: grpc.aio.Channel, body: bytes) -> None:
    try:
        await channel.unary_unary(INFERENCE + "ModelInfer")(body)
    except grpc.aio.AioRpcError as error:
        if error.code() != grpc.StatusCode.INVALID_ARGUMENT:
            raise


async def _latency_ms(channel: grpc.aio.Channel, body: bytes, seconds: float) -> float:
    durations, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.perf_counter()
        await _ask(channel, body)
        durations.append(time.perf_counter() - began)
    return statistics.median(durations) * 1000


async def _rate(channel: grpc.aio.Channel, body: bytes, seconds: float) -> float:
    until, done = time.monotonic() + seconds, 0

    async def again() -> None:
        nonlocal done
        while time.monotonic() < until:
            await _ask(channel, body)
            done += 1

    await asyncio.gather(*(again() for _ in range(TOGETHER)))
    return done / seconds


async def _measure(url: str, body: bytes, seconds: float) -> Measured:
    async with grpc.aio.insecure_channel(url, options=OPTIONS) as channel:
        await _rate(channel, body, 0.3)  # warm
        return Measured(
            await _latency_ms(channel, body, seconds), await _rate(channel, body, seconds)
        )


def _compare(straight: str, through: str, size: int, seconds: float) -> tuple[Measured, Measured]:
    """Both in turn, and the best of each: what else the machine does only ever makes it worse."""
    body = wire.image_request("classify", "IMAGE", bytes(size))
    rounds = [
        [asyncio.run(_measure(url, body, seconds)) for url in (straight, through)]
        for _ in range(ROUNDS)
    ]
    best = [
        Measured(min(one.latency_ms for one in side), max(one.rate for one in side))
        for side in zip(*rounds, strict=True)
    ]
    return best[0], best[1]


def main() -> int:
    return guard(_PROG, lambda: _print(_parser().parse_args()))


def _parser() -> argparse.ArgumentParser:
    parser = new_parser(_PROG, __doc__, "--seconds 2")
    parser.add_argument("--repository", type=Path, default=Path("build/repository"), metavar="DIR")
    parser.add_argument("--gallery", type=Path, default=Path("build/gallery"), metavar="DIR")
    parser.add_argument(
        "--seconds", type=seconds, default=2.0, metavar="S", help="of each measurement"
    )
    return parser


def _print(options: argparse.Namespace) -> None:
    environment = {"VISLEX_GALLERY": str(options.gallery.resolve())}
    galleries = {"default": options.gallery}
    flags = ("--max-in-flight", str(2 * TOGETHER))
    with (
        tempfile.TemporaryDirectory() as folder,
        run_triton_server(options.repository, environment=environment) as server,
        run_service(options.repository, galleries, Path(folder), flags=flags) as service,
    ):
        print(f"{'request':>10} {'straight':>20} {'through the gateway':>23}")
        for size in SIZES:
            one, other = _compare(server.grpc_url, service.grpc_url, size, options.seconds)
            print(
                f"{size / 1000:>7.0f} kB {one.latency_ms:>8.2f} ms {one.rate:>6.0f}/s "
                f"{other.latency_ms:>11.2f} ms {other.rate:>6.0f}/s",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())

"""The health and metrics ports: what they answer, and that nothing else is there."""

import asyncio
from pathlib import Path

import pytest

from tests.unit.gateway.in_process import HOST, gateway_over, relay_over
from vislex.gateway.relay import Relay


async def say(port: int, words: bytes) -> bytes:
    """Everything that comes back for raw bytes, the head and the body."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(words)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 120)
    writer.close()
    return answer


async def get(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    answer = await say(port, f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


def test_health_says_why_it_is_not_ready(tmp_path: Path) -> None:
    async def run(relay: Relay) -> None:
        async with gateway_over(None, relay) as (_, face):
            port = face.http_port
            assert await get(port, "/v2/health/live") == (200, "")
            starting = (503, "the model server is starting\n")
            assert await get(port, "/v2/health/ready") == starting
            assert await get(port, "/v2/models/classify/ready") == starting
            relay.state.set_trouble("")
            assert await get(port, "/v2/health/ready?probe=1") == (200, "")
            assert await get(port, "/v2/health/ready", "HEAD") == (200, "")
            relay.state.drain()
            assert await get(port, "/v2/health/ready") == (503, "shutting down\n")
            assert await get(port, "/v2/health/live") == (200, "")

    asyncio.run(run(relay_over(tmp_path)))


def test_metrics_are_there_while_the_server_is_not(tmp_path: Path) -> None:
    async def run(relay: Relay) -> None:
        async with gateway_over(None, relay) as (gateway, face):
            gateway.triton_metrics_url = f"http://{HOST}:{face.http_port}/gone"  # answers 404
            status, text = await get(face.metrics_port, "/metrics")
            assert status == 200
            assert "vislex_ready 0" in text.splitlines()
            assert (await get(face.metrics_port, "/"))[0] == 404

    asyncio.run(run(relay_over(tmp_path)))


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (b"POST /v2/health/ready HTTP/1.1\r\n\r\n", b"HTTP/1.1 405 "),
        (b"GET /v2/repository/index HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"GET /v2/models/ocr/ready HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"\x16\x03\x01 not http\r\n\r\n", b"HTTP/1.1 405 "),
        (b"GET\r\n\r\n", b""),  # the connection is closed without a word
        (b"\xff \xff \xff\r\n\r\n", b""),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000, b""),  # a head without an end
    ],
)
def test_what_is_no_question_ends_its_own_connection(
    tmp_path: Path, words: bytes, begins: bytes
) -> None:
    async def run(relay: Relay) -> None:
        async with gateway_over(None, relay) as (_, face):
            try:
                answer = await say(face.http_port, words)
            except ConnectionError:  # closed while it was still being sent
                answer = b""
            assert answer.startswith(begins)
            assert bool(answer) == bool(begins)
            assert await get(face.http_port, "/v2/health/live") == (200, "")

    asyncio.run(run(relay_over(tmp_path)))


def test_metrics_are_there_while_the_server_ends_in_mid_answer(tmp_path: Path) -> None:
    async def ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nnv_")
        writer.close()

    async def run(relay: Relay) -> None:
        async with gateway_over(None, relay) as (gateway, face):
            server = await asyncio.start_server(ends, HOST, 0)
            port = server.sockets[0].getsockname()[1]
            gateway.triton_metrics_url = f"http://{HOST}:{port}/metrics"
            status, text = await get(face.metrics_port, "/metrics")
            assert status == 200
            assert "vislex_ready 0" in text.splitlines()
            server.close()

    asyncio.run(run(relay_over(tmp_path)))

"""Addresses as text and as ports that can be reached: IPv4, IPv6, and both at once."""

import asyncio
import socket
from pathlib import Path

import grpc
import pytest

from tests.ipv6 import needs_ipv6
from tests.unit.gateway.in_process import gateway_over, relay_over
from vislex.errors import InvalidOption, ServerError
from vislex.gateway.upstream import INFERENCE
from vislex.network.addresses import bare, with_port
from vislex.network.direct import open_url
from vislex.serving.ports import ANY_PORTS, Ports, choose_ports


@pytest.mark.parametrize(
    ("given", "host", "at_port"),
    [
        ("::", "::", "[::]:80"), ("[::]", "::", "[::]:80"), ("::1", "::1", "[::1]:80"),
        ("[::1]", "::1", "[::1]:80"), ("fe80::1%eth0", "fe80::1%eth0", "[fe80::1%eth0]:80"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1:80"), ("localhost", "localhost", "localhost:80"),
    ],
)  # fmt: skip
def test_brackets_stand_only_before_a_port(given: str, host: str, at_port: str) -> None:
    assert bare(given) == host
    assert with_port(host, 80) == at_port


@pytest.mark.parametrize("host", ["", "[]", "[::1", "::1]", "[::1]:80"])
def test_what_is_no_host_is_refused_with_examples(host: str) -> None:
    with pytest.raises(InvalidOption, match=r"expected an address or a name, such as"):
        bare(host)


@needs_ipv6
@pytest.mark.parametrize("host", ["::", "::1"])
def test_ports_are_found_and_a_taken_one_is_named(host: str) -> None:
    ports = choose_ports(ANY_PORTS, host)
    assert len({ports.grpc, ports.http, ports.metrics}) == 3
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"http port \[{host}\]:{port}: .* --http-port"):
            choose_ports(Ports(http=port), host)


@needs_ipv6
def test_a_port_that_only_ipv4_has_taken_is_not_free_on_both() -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"grpc port \[::\]:{port}"):
            choose_ports(Ports(grpc=port), "::")


@pytest.mark.parametrize("host", ["localhost:8001", "http://localhost", "203.0.113.7", "no.such."])
def test_a_host_that_is_not_this_machines_is_named_as_the_mistake(host: str) -> None:
    with pytest.raises(ServerError, match=r"cannot listen on host '.*expected an address of this"):
        choose_ports(ANY_PORTS, host)


@needs_ipv6
@pytest.mark.parametrize(
    ("host", "reached_at"),
    [("::1", ["::1"]), ("::", ["::1", "127.0.0.1"]), ("127.0.0.1", ["127.0.0.1"])],
)
def test_every_port_of_the_gateway_answers_at_its_addresses(
    host: str, reached_at: list[str], tmp_path: Path
) -> None:
    async def ask() -> list[object]:
        answers: list[object] = []
        async with gateway_over(None, relay_over(tmp_path), host=host) as (_, face):
            for at in reached_at:
                async with grpc.aio.insecure_channel(with_port(at, face.grpc_port)) as channel:
                    answers.append(await channel.unary_unary(INFERENCE + "ServerLive")(b""))
                for port, path in (
                    (face.http_port, "/v2/health/live"),
                    (face.metrics_port, "/metrics"),
                ):
                    url = f"http://{with_port(at, port)}{path}"
                    with await asyncio.to_thread(open_url, url, 5.0) as answer:
                        answers.append(answer.status)
        return answers

    assert asyncio.run(ask()) == [b"\x08\x01", 200, 200] * len(reached_at)

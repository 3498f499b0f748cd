"""Addresses and what a server says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from vislex_client import Client, Health, InvalidOption

from tests.ipv6 import needs_ipv6
from tests.unit.client.stand_in import StandIn, served


@pytest.fixture
def server() -> StandIn:
    return StandIn()


@pytest.fixture
def client(server: StandIn) -> Iterator[Client]:
    with served(server) as url, Client(url, timeout_s=120) as client:
        yield client


def test_a_server_that_can_classify(client: Client) -> None:
    health = client.health()
    assert health == Health(client.url, True, True, True, "2.51.0", ("1",))
    assert health.serving


@pytest.mark.parametrize("state", ["live", "ready", "model_ready", "has_model"])
def test_a_server_that_answers_but_cannot_classify(
    server: StandIn, client: Client, state: str
) -> None:
    setattr(server, state, False)
    health = client.health()
    assert not health.serving
    assert health.server_version == "2.51.0"
    no_model = state in ("model_ready", "has_model")
    assert health.model_ready is not no_model
    assert health.model_versions == (() if no_model else ("1",))


@needs_ipv6
@pytest.mark.parametrize("form", ["{}", "dns:///{}", "ipv6:{0},{0}"])
def test_a_server_on_ipv6_is_reached(server: StandIn, form: str) -> None:
    with served(server, host="[::1]") as url, Client(form.format(url), timeout_s=10) as client:
        assert client.health().serving
        assert client.url == form.format(url)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8001", "10.0.0.7:80", "[::1]:8001", "a_b.c-d.svc:1", "[fe80::1%eth0]:1",
        "dns:///[fd00::7]:80", "ipv6:[fd00::7]:80,[fd00::8]:80",
    ],
)  # fmt: skip
def test_an_address(url: str) -> None:
    with Client(url) as client:
        assert client.url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://host:8001", "grpc://host:8001", "host:8001/", "host", "host:", ":8001", "",
        "host:0", "host:65536", "host:http", "::1:8001", "user@host:8001", "host :8001",
        "[]:8001", "[::1]", "[::1]8001", "ipv6:::1:8001", "host:8001\n", "\ud800:8001",
        None, 8001, ("host", 8001),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_an_example(url: Any) -> None:
    with pytest.raises(InvalidOption, match=r"expected HOST:PORT.* such as 'localhost:8001'"):
        Client(url)


@pytest.mark.parametrize("url", ["http://host:8001", "grpc://host:8001"])
def test_a_scheme_is_named_as_the_mistake(url: str) -> None:
    with pytest.raises(InvalidOption, match="without a scheme"):
        Client(url)

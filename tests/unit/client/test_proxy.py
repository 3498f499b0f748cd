"""The proxy of the environment: never for this machine, elsewhere unless the client says no."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from vislex_client import Client, InvalidOption, Unavailable
from vislex_client.cli import main
from vislex_client.proxy import words

from tests.unit.client.faces import FACES, face
from tests.unit.client.stand_in import StandIn, served

NOBODY = "http://user:secret@127.0.0.1:9"
VARIABLES = ("grpc_proxy", "https_proxy", "http_proxy")
ELSEWHERE = "vislex.invalid:8001"  # a name that no resolver has


@pytest.fixture(autouse=True)
def no_other_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "no_grpc_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def refusing_proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that says 403, its address, and the first lines that it was sent."""
    asked: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(4096).split(b"\r\n")[0])
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        finally:
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(20)


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("form", ["127.0.0.1:{}", "localhost:{}", "dns:///127.0.0.1:{}",
                                  "ipv4:127.0.0.1:{}", "0.0.0.0:{}"])  # fmt: skip
def test_this_machine_is_asked_straight(
    variable: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, NOBODY)
    with served(StandIn()) as url, Client(form.format(url.split(":")[1]), timeout_s=10) as client:
        assert client.health().serving


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_server_elsewhere_is_asked_through_the_proxy(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing_proxy() as (proxy, asked):
        monkeypatch.setenv(variable, proxy)
        with Client(ELSEWHERE, timeout_s=10) as client, pytest.raises(Unavailable, match=variable):
            client.health()
    assert asked[0] == f"CONNECT {ELSEWHERE} HTTP/1.1".encode()


def test_a_client_may_go_straight_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_proxy() as (proxy, asked):
        monkeypatch.setenv("http_proxy", proxy)
        with (
            Client(ELSEWHERE, timeout_s=10, proxy=False) as client,
            pytest.raises(Unavailable) as caught,
        ):
            client.health()
    assert asked == []
    assert "proxy" not in str(caught.value)


@pytest.mark.parametrize("kind", FACES)
def test_an_error_names_the_variable_and_the_way_around_but_no_password(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", NOBODY)
    with (
        face(kind, ELSEWHERE, timeout_s=10) as client,
        pytest.raises(
            Unavailable,
            match=r"through the proxy 127\.0\.0\.1:9 that http_proxy names; proxy=False "
            r"\(--no-proxy\) or no_proxy=vislex\.invalid goes straight",
        ) as caught,
    ):
        client.health()
    assert "secret" not in str(caught.value)


def test_the_command_line_has_the_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("https_proxy", NOBODY)
    assert main(["health", "--url", ELSEWHERE, "--attempts", "1"]) == 3
    assert "https_proxy" in capsys.readouterr().err
    assert main(["health", "--url", ELSEWHERE, "--attempts", "1", "--no-proxy"]) == 3
    assert "https_proxy" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "exempt", "named"),
    [
        ("scorer.corp:1", "", True), ("scorer.corp:1", ".corp", False),
        ("scorer.corp:1", "other, corp", False), ("10.1.2.3:1", "10.0.0.0/8", False),
        ("10.1.2.3:1", "192.168.0.0/16", True), ("[fd00::2]:1", "fd00::/8", False),
        ("[fd00::2]:1", "", True), ("[::1]:1", "", False), ("[::ffff:127.0.0.1]:1", "", False),
        ("127.8.9.1:1", "", False), ("a.localhost:1", "", False), ("localhost.corp:1", "", True),
        ("ipv6:[::1]:1,[fd00::2]:1", "", True),
    ],
)  # fmt: skip
def test_words_of_a_proxy_are_for_connections_that_go_through_it(
    url: str, exempt: str, named: bool
) -> None:
    environ = {"http_proxy": "proxy.corp:3128", "no_proxy": exempt}
    assert words(url, True, environ).startswith("through the proxy proxy.corp:3128") is named
    assert words(url, False, environ) == ""


def test_this_machine_is_known_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"http_proxy": "proxy.corp:3128"}
    monkeypatch.setattr(socket, "gethostname", lambda: "Scorer-7")
    assert words("scorer-7:8001", True, environ) == ""
    assert words("scorer-8:8001", True, environ) != ""


def test_a_choice_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidOption, match="expected True or False"):
        Client("host:1", proxy="http://proxy:3128")  # type: ignore[arg-type] # as a caller may

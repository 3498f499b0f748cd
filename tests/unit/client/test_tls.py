"""Both clients over TLS: whom they trust, and how they say who they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from vislex_client import AccessDenied, InvalidOption, Tls, Unavailable

from tests.certificates import Certificate, authority, issued
from tests.unit.client.faces import FACES, face
from tests.unit.client.stand_in import IMAGE, StandIn, served


@dataclass(frozen=True)
class Keys:
    """Who signs, who serves, who asks, and an authority that nobody here knows."""

    authority: Certificate
    server: Certificate
    client: Certificate
    stranger: Certificate


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    signer = authority(folder, "authority")
    return Keys(
        signer,
        issued(folder, "scorer.test", signer),
        issued(folder, "client.test", signer),
        authority(folder, "stranger"),
    )


@pytest.fixture(params=FACES)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@contextmanager
def encrypted(keys: Keys, *, client_certificate: bool = False) -> Iterator[str]:
    """A stand-in over TLS; with `client_certificate` it asks for one that `authority` signed."""
    credentials = grpc.ssl_server_credentials(
        [(keys.server.key.read_bytes(), keys.server.cert.read_bytes())],
        root_certificates=keys.authority.cert.read_bytes() if client_certificate else None,
        require_client_auth=client_certificate,
    )
    with served(StandIn(), credentials=credentials) as url:
        yield url


def ask(kind: str, url: str, tls: Tls | None) -> None:
    """One call, answered or raising."""
    with face(kind, url, timeout_s=120, retry=None, tls=tls, token="t0ken") as client:
        assert client.classify(IMAGE).known


def test_a_server_with_a_trusted_certificate_is_asked(kind: str, keys: Keys) -> None:
    with encrypted(keys) as url:
        for tls in (
            Tls(ca=keys.authority.cert),
            Tls(ca=keys.authority.cert.read_bytes()),
            Tls(ca=str(keys.authority.cert), server_name="scorer.test"),
        ):
            ask(kind, url, tls)


def test_a_server_whose_authority_is_not_known_is_told_nothing(kind: str, keys: Keys) -> None:
    tls = Tls(ca=keys.stranger.cert)
    with encrypted(keys) as url, pytest.raises(AccessDenied, match="VERIFY_FAILED") as caught:
        ask(kind, url, tls)
    assert not caught.value.transient


def test_a_server_of_another_name_is_told_nothing(kind: str, keys: Keys) -> None:
    tls = Tls(ca=keys.authority.cert, server_name="other.test")
    with encrypted(keys) as url, pytest.raises(AccessDenied):
        ask(kind, url, tls)


def test_a_client_shows_its_own_certificate_where_one_is_asked_for(kind: str, keys: Keys) -> None:
    tls = Tls(ca=keys.authority.cert, cert=keys.client.cert, key=keys.client.key)
    with encrypted(keys, client_certificate=True) as url:
        ask(kind, url, tls)
        with pytest.raises(Unavailable):
            ask(kind, url, Tls(ca=keys.authority.cert))


def test_a_plain_client_of_an_encrypted_server_finds_none(kind: str, keys: Keys) -> None:
    with encrypted(keys) as url, pytest.raises(Unavailable):
        ask(kind, url, None)


def test_files_that_are_no_certificates_are_named(kind: str, keys: Keys, tmp_path: Path) -> None:
    none = tmp_path / "none.pem"
    with pytest.raises(InvalidOption, match=r"cannot read the file .*none\.pem"):
        ask(kind, "h:1", Tls(ca=none))
    none.write_text("no certificate")
    with pytest.raises(InvalidOption, match="ca is not PEM"):
        ask(kind, "h:1", Tls(ca=none))
    with pytest.raises(InvalidOption, match="only one of cert and key"):
        Tls(cert=keys.client.cert)

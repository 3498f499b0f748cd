"""TLS and mutual TLS at the gateway's port, with certificates that openssl makes."""

import argparse
import asyncio
import subprocess
from pathlib import Path

import grpc
import pytest

from tests.unit.client.stand_in import StandIn, served
from tests.unit.gateway.in_process import address, gateway_over, relay_over
from tests.unit.gateway.test_relay import ask
from vislex.errors import InvalidOption, ServerError
from vislex.gateway.tls import Tls
from vislex.serving.arguments import add_flags, settings_of


def certificate(folder: Path, name: str, signed_by: str = "") -> tuple[Path, Path]:
    """A certificate for localhost and its key; a self-signed authority without `signed_by`."""
    key, request, pem = (folder / f"{name}.{suffix}" for suffix in ("key", "csr", "pem"))
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key),
           "-subj", f"/CN={name}"]  # fmt: skip
    if not signed_by:
        subprocess.run([*new, "-x509", "-days", "1", "-out", str(pem)], check=True,
                       capture_output=True)  # fmt: skip
        return pem, key
    subprocess.run([*new, "-out", str(request)], check=True, capture_output=True)
    names = folder / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    authority = [str(folder / f"{signed_by}.{suffix}") for suffix in ("pem", "key")]
    subprocess.run(
        ["openssl", "x509", "-req", "-in", str(request), "-CA", authority[0], "-CAkey",
         authority[1], "-CAcreateserial", "-days", "1", "-extfile", str(names), "-out", str(pem)],
        check=True, capture_output=True,
    )  # fmt: skip
    return pem, key


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    certificate(folder, "authority")
    certificate(folder, "server", "authority")
    certificate(folder, "client", "authority")
    certificate(folder, "stranger")
    return folder


async def answers(folder: Path, tls: Tls, credentials: grpc.ChannelCredentials | None) -> bool:
    """Whether a call with these credentials comes through."""
    with served(StandIn()) as url:
        async with gateway_over(url, relay_over(folder), tls=tls) as (_, face):
            if credentials is None:
                channel = grpc.aio.insecure_channel(address(face))
            else:
                channel = grpc.aio.secure_channel(address(face), credentials)
            async with channel:
                try:
                    await ask(channel, timeout=120)
                except grpc.aio.AioRpcError as error:
                    assert error.code() == grpc.StatusCode.UNAVAILABLE
                    return False
                return True


def client(files: Path, name: str = "") -> grpc.ChannelCredentials:
    authority = (files / "authority.pem").read_bytes()
    if not name:
        return grpc.ssl_channel_credentials(authority)
    return grpc.ssl_channel_credentials(
        authority, (files / f"{name}.key").read_bytes(), (files / f"{name}.pem").read_bytes()
    )


def test_tls(files: Path, tmp_path: Path) -> None:
    tls = Tls(files / "server.pem", files / "server.key")
    assert asyncio.run(answers(tmp_path, tls, client(files)))
    assert not asyncio.run(answers(tmp_path, tls, None))


def test_mutual_tls(files: Path, tmp_path: Path) -> None:
    tls = Tls(files / "server.pem", files / "server.key", files / "authority.pem")
    assert asyncio.run(answers(tmp_path, tls, client(files, "client")))
    assert not asyncio.run(answers(tmp_path, tls, client(files)))
    assert not asyncio.run(answers(tmp_path, tls, client(files, "stranger")))


def test_a_missing_file_is_named(files: Path) -> None:
    with pytest.raises(ServerError, match=r"none\.pem"):
        Tls(files / "none.pem", files / "server.key").credentials()


@pytest.mark.parametrize(
    "flags", [["--tls-cert", "a"], ["--tls-key", "a"], ["--tls-client-ca", "a"]]
)
def test_flags_that_need_each_other(flags: list[str]) -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    options = parser.parse_args(["--repository", "r", "--gallery", "g", *flags])
    with pytest.raises(InvalidOption, match="--tls-cert"):
        settings_of(options)

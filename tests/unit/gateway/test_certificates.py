"""Files of TLS that cannot be used are named before anything starts."""

import asyncio
import logging
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.certificates import authority, issued
from vislex.errors import ServerError
from vislex.gateway.certificates import check_tls
from vislex.gateway.tls import Tls
from vislex.images.limits import Limits
from vislex.serving import launch
from vislex.serving.settings import Settings


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    folder = tmp_path_factory.mktemp("tls")
    signer = authority(folder, "authority")
    server = issued(folder, "server.test", signer)
    return Tls(server.cert, server.key, signer.cert)


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    file = tmp_path / "README.md"
    file.write_text("# not a certificate\n")
    return file


def test_files_that_belong_together_are_taken(good: Tls, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "vislex"):
        check_tls(good)
        check_tls(replace(good, client_ca=None))
    assert caplog.records == []


def test_a_file_without_pem_is_named(good: Tls, readme: Path) -> None:
    for tls, what in (
        (Tls(readme, readme), "certificate"),
        (replace(good, certificate=readme), "certificate"),
        (replace(good, key=readme), "private key"),
        (replace(good, key=good.certificate), "private key"),
        (replace(good, client_ca=readme), "certificate"),
    ):
        with pytest.raises(ServerError, match=rf"\.(md|pem) holds no PEM {what}$"):
            check_tls(tls)


def test_serve_checks_before_anything_starts(
    readme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "set_up_logging", lambda log_format: None)  # of this process
    settings = Settings(tmp_path / "no repository", {}, tls=Tls(readme, readme))
    with pytest.raises(ServerError, match=r"README\.md holds no PEM certificate$"):
        asyncio.run(launch.serve(settings, Limits()))


def test_a_file_that_is_not_there_is_named_without_a_number(good: Tls, tmp_path: Path) -> None:
    none = tmp_path / "none.pem"
    with pytest.raises(ServerError) as caught:
        check_tls(replace(good, certificate=none))
    assert str(caught.value) == f"cannot read the TLS file {none}: No such file or directory"


def test_the_key_of_another_certificate_is_refused(good: Tls, tmp_path: Path) -> None:
    other = authority(tmp_path, "other")
    with pytest.raises(ServerError, match=r"other\.key is not the key of the certificate .*server"):
        check_tls(replace(good, key=other.key))


@pytest.mark.parametrize("field", ["certificate", "key", "client_ca"])
def test_a_torn_file_is_named(good: Tls, tmp_path: Path, field: str) -> None:
    torn = tmp_path / "torn.pem"
    whole: Path = getattr(good, field)
    torn.write_bytes(whole.read_bytes()[:100])
    with pytest.raises(ServerError, match=r"torn\.pem"):
        check_tls(replace(good, **{field: torn}))


def test_a_key_with_a_password_is_refused_and_nobody_is_asked(good: Tls, tmp_path: Path) -> None:
    locked = tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-in", good.key, "-out", locked, "-passout", "pass:abcd"],
        check=True, capture_output=True,
    )  # fmt: skip
    with pytest.raises(
        ServerError, match=r"locked\.key is protected by a password; expected a key"
    ):
        check_tls(replace(good, key=locked))


def test_an_expired_certificate_is_a_warning(
    good: Tls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    expired = tmp_path / "expired.pem"
    subprocess.run(
        ["openssl", "x509", "-in", good.certificate, "-signkey", good.key, "-days", "-1",
         "-out", expired],
        check=True, capture_output=True,
    )  # fmt: skip
    with caplog.at_level(logging.WARNING, "vislex"):
        check_tls(replace(good, certificate=expired))
    assert f"the certificate {expired} has expired; clients will refuse it" in caplog.text


def test_how_long_a_key_must_be_is_not_judged_here(tmp_path: Path) -> None:
    """OpenSSL's default would refuse it; gRPC takes it."""
    short, key = tmp_path / "short.pem", tmp_path / "short.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", key,
         "-out", short, "-subj", "/CN=server.test"],
        check=True, capture_output=True,
    )  # fmt: skip
    check_tls(Tls(short, key))

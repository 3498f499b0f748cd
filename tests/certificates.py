"""Certificates for one test, made by the openssl command."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Certificate:
    """Paths of a PEM certificate and its key."""

    cert: Path
    key: Path


def authority(folder: Path, name: str) -> Certificate:
    """A self-signed authority called `name`; skips the test where there is no openssl."""
    made = _names(folder, name)
    extensions = ["-addext", "basicConstraints=critical,CA:TRUE"]
    _openssl("req", "-x509", *_request(made, name), *extensions, "-out", made.cert)
    return made


def issued(folder: Path, name: str, by: Certificate) -> Certificate:
    """A certificate for `name` and 127.0.0.1, signed by the authority `by`."""
    made = _names(folder, name)
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
    request = folder / f"{name}.csr"
    _openssl("req", *_request(made, name), "-out", request)
    signer = ("-CA", by.cert, "-CAkey", by.key, "-CAcreateserial", "-extfile", extensions)
    _openssl("x509", "-req", "-in", request, *signer, "-days", "2", "-out", made.cert)
    return made


def _names(folder: Path, name: str) -> Certificate:
    return Certificate(folder / f"{name}.pem", folder / f"{name}.key")


def _request(made: Certificate, name: str) -> tuple[str | Path, ...]:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    return (*curve, "-keyout", made.key, "-subj", f"/CN={name}")


def _openssl(*arguments: str | Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command to make certificates with")
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=300)

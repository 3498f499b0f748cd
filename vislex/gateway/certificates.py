"""What is wrong with the files of TLS, said before anything starts.

gRPC itself says no more than that it failed to bind to the address.
"""

import logging
import ssl
from collections.abc import Callable
from pathlib import Path

from vislex.errors import ServerError
from vislex.gateway.tls import Tls

_CERTIFICATE, _KEY = b"CERTIFICATE-----", b"PRIVATE KEY-----"  # of a line that begins one in PEM
_NOT_VALID_YET, _EXPIRED = 9, 10  # X509_V_ERR_... of OpenSSL's x509_vfy.h
_LOG = logging.getLogger(__name__)


def check_tls(tls: Tls) -> None:
    """Raises ServerError naming a file that cannot be used; warns of a certificate out of date."""
    _require(tls.certificate, _CERTIFICATE, "certificate")
    _require(tls.key, _KEY, "private key")
    server = _context(ssl.PROTOCOL_TLS_SERVER)
    try:
        server.load_cert_chain(tls.certificate, tls.key, _no_password(tls.key))
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ServerError(
                f"{tls.key} is not the key of the certificate {tls.certificate}; expected the "
                "two to belong together"
            ) from None
        raise ServerError(
            f"{tls.certificate} and {tls.key} are no PEM certificate and key: {error}"
        ) from None
    if tls.client_ca:
        _check_authority(tls.client_ca)
    if trouble := _out_of_date(server, tls.certificate):
        _LOG.warning("the certificate %s %s; clients will refuse it", tls.certificate, trouble)


def _context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # whether a key is long enough is gRPC's to judge
    return context


def _require(path: Path, mark: bytes, what: str) -> None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ServerError(f"cannot read the TLS file {path}: {error.strerror}") from None
    if not any(line.startswith(b"-----BEGIN ") and mark in line for line in content.splitlines()):
        raise ServerError(f"{path} holds no PEM {what}")


def _no_password(key: Path) -> Callable[[], str]:
    """What is asked for the password of a key, instead of whoever sits at the terminal."""

    def refuse() -> str:
        raise ServerError(f"{key} is protected by a password; expected a key without")

    return refuse


def _check_authority(path: Path) -> None:
    _require(path, _CERTIFICATE, "certificate")
    try:
        _context(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(path)
    except ssl.SSLError as error:
        raise ServerError(f"{path} is no PEM certificate: {error}") from None


def _out_of_date(server: ssl.SSLContext, certificate: Path) -> str:
    """Whether a client that trusts just this certificate refuses it for its dates; "" if not."""
    client = _context(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(certificate)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (asking, answering, asking):  # hello, certificate, verdict
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as error:
            return {_EXPIRED: "has expired", _NOT_VALID_YET: "is not valid yet"}.get(
                error.verify_code, ""
            )
        except ssl.SSLError:  # of anything but the dates, which is gRPC's to judge
            return ""
    return ""

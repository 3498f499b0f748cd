"""How a client behaves towards its server; each checks itself and raises InvalidOption."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from vislex_client import options
from vislex_client.errors import InvalidOption

Pem = Union[bytes, str, "os.PathLike[str]"]  # the content of a PEM file, or its path


@dataclass(frozen=True)
class Retry:
    """When a call is sent again: up to `attempts` times in all, inside its `timeout_s`.

    Only where that is safe and can help: UNAVAILABLE, or the connection lost before an answer.
    Between attempts it waits a random time between 0 and a limit that starts at `initial_s` and
    doubles up to `max_s`, so that clients turned away together do not come back together ("full
    jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). A wait
    that the server asks for (`grpc-retry-pushback-ms`) goes first.

    With `patient`, a server that is full or away is asked until `timeout_s`, however often that is.
    """

    attempts: int = 5
    initial_s: float = 0.2
    max_s: float = 3.0
    patient: bool = False

    def __post_init__(self) -> None:
        options.count("attempts", self.attempts)
        options.seconds("initial_s", self.initial_s)
        options.seconds("max_s", self.max_s)


@dataclass(frozen=True)
class Circuit:
    """When calls fail at once because the server is gone.

    The circuit opens when at least `failures` attempts in a row, over `gone_s` or longer, found no
    server. Calls are then refused without being sent, but for one each `probe_s`; the first that
    is answered closes the circuit. The time is there so that a restart, during which many calls
    fail at once, is ridden out by retries.
    """

    failures: int = 5
    gone_s: float = 10.0
    probe_s: float = 2.0

    def __post_init__(self) -> None:
        options.count("failures", self.failures)
        options.seconds("gone_s", self.gone_s)
        options.seconds("probe_s", self.probe_s)


# Of a batch, which wants its answer and not a quick word: see `Client.patient`.
PATIENT_S = 600.0  # a thousand times what a call takes on an idle machine of 2 cores
PATIENT_RETRY = Retry(max_s=15.0, patient=True)
PATIENT_CIRCUIT = Circuit(gone_s=300.0)  # a server that restarts on a busy machine takes minutes


@dataclass(frozen=True)
class Tls:
    """An encrypted connection, each value a path or the PEM itself.

    `ca` holds the authorities that are trusted (None: those gRPC brings along). `cert` and `key`
    are this client's own, for a server that asks for one (mTLS). `server_name` is the name to
    expect in the server's certificate where it differs from the address.
    """

    ca: Pem | None = None
    cert: Pem | None = None
    key: Pem | None = field(default=None, repr=False)  # a secret, where it is not a path
    server_name: str | None = None

    def __post_init__(self) -> None:
        if (self.cert is None) != (self.key is None):
            raise InvalidOption("tls has only one of cert and key; expected both or neither")

    def read(self) -> tuple[bytes | None, bytes | None, bytes | None]:
        """The PEM of `ca`, `key` and `cert`, in gRPC's order. Raises InvalidOption."""
        return _pem("ca", self.ca), _pem("key", self.key), _pem("cert", self.cert)


def _pem(name: str, value: Pem | None) -> bytes | None:
    if value is None:
        return None
    try:
        content = value if isinstance(value, bytes) else Path(value).read_bytes()
    except (OSError, ValueError, TypeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InvalidOption(f"cannot read the file {value!r} given as {name}: {why}") from error
    if b"-----BEGIN " not in content:  # gRPC would only say that it cannot connect
        raise InvalidOption(f"{name} is not PEM; expected -----BEGIN ... in it")
    return content

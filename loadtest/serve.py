"""A server like `make serve`'s for a benchmark or a load test: found, or started and stopped."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from vislex_client import Client, VislexError

from vislex.errors import ServerError
from vislex.live.settings import DEFAULT_NAME
from vislex.serving.background import run_service

# How long one call may take. What is measured is told, however slow: no clock cuts it short.
LONGEST_S = 3600.0
_UNCUT = ("--max-seconds", f"{LONGEST_S:.0f}")
_PORT_S = 30.0  # for a word on its health: a port where nobody listens says so at once


@dataclass(frozen=True)
class ServedAt:
    """Where a server answers, and the process at the root of its tree."""

    url: str
    metrics_url: str
    pid: int

    @property
    def triton_url(self) -> str:
        """Triton's own gRPC port behind the gateway, which serves every model by itself."""
        for process in psutil.Process(self.pid).children(recursive=True):
            found = re.search(
                r"--grpc-address=(\S+) --grpc-port=(\d+)", " ".join(process.cmdline())
            )
            if found:
                return f"{found[1]}:{found[2]}"
        raise ServerError(f"process {self.pid} has no tritonserver")


@contextmanager
def serving(
    repository: Path, gallery: Path, logs: Path, flags: Sequence[str] = ()
) -> Iterator[ServedAt]:
    """Runs `vislex serve` on free loopback ports and stops it; its logs go to `logs`.

    Raises ServerError with what it said where it does not start.
    """
    galleries = {DEFAULT_NAME: gallery}
    with run_service(repository, galleries, logs, flags=(*_UNCUT, *flags)) as service:
        yield ServedAt(service.grpc_url, service.metrics_url, service.process.pid)


def connect(url: str, timeout_s: float = LONGEST_S) -> Client:
    """A client that measures: it sends nothing twice, and shows what a server turned away."""
    return Client(url, timeout_s=timeout_s, retry=None, circuit=None)


def answers(url: str) -> bool:
    """Whether a server at HOST:PORT can classify now."""
    with connect(url, timeout_s=_PORT_S) as client, suppress(VislexError):
        return client.health().serving
    return False

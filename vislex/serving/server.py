"""`run_triton_server()`: the real server as a child process that never outlives its parent."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vislex.errors import ServerError
from vislex.network.addresses import with_port
from vislex.network.direct import open_url
from vislex.serving.installation import Installation, find_installation
from vislex.serving.ports import ANY_PORTS, Ports, choose_ports
from vislex.serving.process import end, spawn
from vislex.serving.readable import readable, scratch_folder, surroundings
from vislex.serving.shm import (
    check_room,
    region_arguments,
    region_prefix,
    remove_orphans,
    remove_regions,
)
from vislex.serving.startup import Start

__all__ = ["ANY_PORTS", "LOOPBACK", "Ports", "Server", "run_triton_server", "triton_command"]

LOOPBACK = "127.0.0.1"
STOP_TIMEOUT_S = 30.0
# A start takes 10 s to a minute on an idle machine of 2 cores. One that dies is seen at once; this
# is for one that hangs.
READY_TIMEOUT_S = 1800.0


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, its process and its log."""

    host: str
    ports: Ports
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def grpc_url(self) -> str:
        return with_port(self.host, self.ports.grpc)

    @property
    def http_url(self) -> str:
        return f"http://{with_port(self.host, self.ports.http)}"

    @property
    def metrics_url(self) -> str:
        return f"http://{with_port(self.host, self.ports.metrics)}/metrics"


@contextmanager
def run_triton_server(
    repository: Path,
    *,
    environment: Mapping[str, str] | None = None,
    ports: Ports = ANY_PORTS,
    log: Path | None = None,
    ready_timeout_s: float = READY_TIMEOUT_S,
    arguments: Sequence[str] = (),
) -> Iterator[Server]:
    """Starts `tritonserver` over `repository`, yields once every model is ready, stops it on exit.

    `environment` is added to this process's own (`VISLEX_GALLERY` and the like); `arguments` are
    passed on to the binary. The child is ended on every way out: return, exception, and, through
    the kernel's parent-death signal, the death of this process.

    Raises ServerError with the server's own reason when a port is taken, a model does not load or
    the server is not ready in time.
    """
    with scratch_folder() as scratch, readable(repository, scratch) as plain:
        installation = find_installation(scratch)
        log = log or scratch / "tritonserver.log"
        remove_orphans()
        check_room(repository, installation)
        ports, prefix = choose_ports(ports, LOOPBACK), region_prefix()
        process = spawn(
            triton_command(installation, plain, LOOPBACK, ports, prefix, arguments),
            {**installation.environment, **surroundings(), **(environment or {})},
            log,
            installation.folder,
        )
        try:
            server = Server(LOOPBACK, ports, process, log)
            _wait_until_ready(process, server, ready_timeout_s)
            yield server
        finally:
            end(process, STOP_TIMEOUT_S)
            remove_regions(prefix)


def triton_command(
    installation: Installation,
    repository: Path,
    host: str,
    ports: Ports,
    prefix: str,
    arguments: Sequence[str],
) -> list[str]:
    """The command line; `repository` is `readable`, `prefix` names the workers' shared memory."""
    command = [
        str(installation.binary),
        f"--model-repository={repository}",
        f"--grpc-address={host}", f"--grpc-port={ports.grpc}",
        f"--http-address={host}", f"--http-port={ports.http}",
        f"--metrics-address={host}", f"--metrics-port={ports.metrics}",
        "--model-control-mode=none",
        "--exit-on-error=true",
        # Written configs are complete. To complete them it would start every model's worker twice.
        "--disable-auto-complete-config",
        "--allow-gpu-metrics=false",
        *region_arguments(installation, prefix),
    ]  # fmt: skip
    if installation.backends is not None:
        command.append(f"--backend-directory={installation.backends}")
    return [*command, *arguments]


def _wait_until_ready(process: subprocess.Popen[bytes], server: Server, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    start = Start(process, server.log)
    while time.monotonic() < deadline:
        start.check()
        with suppress(OSError), open_url(f"{server.http_url}/v2/health/ready", timeout_s=2.0):
            return
        time.sleep(0.1)
    raise ServerError(f"tritonserver was not ready after {timeout_s:.0f} s; its log: {server.log}")

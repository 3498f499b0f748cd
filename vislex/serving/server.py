"""`run_triton_server()`: the real server as a child process that never outlives its parent."""

import ctypes
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vislex.errors import ServerError
from vislex.serving.installation import Installation, find_installation
from vislex.serving.log import failure_in

LOOPBACK = "127.0.0.1"
_STOP_TIMEOUT_S = 30.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Ports:
    """TCP ports of the three endpoints; 0 lets the system choose a free one."""

    grpc: int = 0
    http: int = 0
    metrics: int = 0


ANY_PORTS = Ports()


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, its process and its log."""

    host: str
    ports: Ports
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def grpc_url(self) -> str:
        return f"{self.host}:{self.ports.grpc}"

    @property
    def http_url(self) -> str:
        return f"http://{self.host}:{self.ports.http}"

    @property
    def metrics_url(self) -> str:
        return f"http://{self.host}:{self.ports.metrics}/metrics"


@contextmanager
def run_triton_server(
    repository: Path,
    *,
    environment: Mapping[str, str] | None = None,
    ports: Ports = ANY_PORTS,
    host: str = LOOPBACK,
    log: Path | None = None,
    ready_timeout_s: float = 180.0,
    arguments: Sequence[str] = (),
) -> Iterator[Server]:
    """Starts `tritonserver` over `repository`, yields once every model is ready, stops it on exit.

    `environment` is added to this process's own (`VISLEX_GALLERY` and the like); `arguments` are
    passed on to the binary. The child is ended on every way out: return, exception, and, through
    the kernel's parent-death signal, the death of this process.

    Raises ServerError with the server's own reason when a port is taken, a model does not load or
    the server is not ready in time.
    """
    with tempfile.TemporaryDirectory(prefix="vislex-") as scratch_name:
        scratch = Path(scratch_name)
        installation = find_installation(scratch)
        log = log or scratch / "tritonserver.log"
        ports = choose_ports(ports, host)
        process = _start(
            installation, _command(installation, repository, host, ports, arguments),
            environment or {}, log,
        )  # fmt: skip
        try:
            server = Server(host, ports, process, log)
            _wait_until_ready(process, server, ready_timeout_s)
            yield server
        finally:
            _stop(process)


def choose_ports(wanted: Ports, host: str) -> Ports:
    """Fills in free ports for zeros; raises ServerError naming a wanted port that is taken."""
    held: list[socket.socket] = []
    try:
        chosen = {}
        for name in ("grpc", "http", "metrics"):
            port = getattr(wanted, name)
            sock = socket.socket()
            held.append(sock)  # all held until the end, so that two zeros never get the same port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((host, port))
            except OSError as error:
                raise ServerError(
                    f"cannot use {name} port {host}:{port}: {error.strerror}; choose another with "
                    f"--{name}-port, or 0 for any free one"
                ) from None
            chosen[name] = sock.getsockname()[1]
        return Ports(**chosen)
    finally:
        for sock in held:
            sock.close()


def _command(
    installation: Installation,
    repository: Path,
    host: str,
    ports: Ports,
    arguments: Sequence[str],
) -> list[str]:
    command = [
        str(installation.binary),
        f"--model-repository={repository.resolve()}",
        f"--grpc-address={host}", f"--grpc-port={ports.grpc}",
        f"--http-address={host}", f"--http-port={ports.http}",
        f"--metrics-address={host}", f"--metrics-port={ports.metrics}",
        "--model-control-mode=none",
        "--exit-on-error=true",
        "--allow-gpu-metrics=false",
        # Room for a batch of canvases before the region has to grow (default 1 MB).
        "--backend-config=python,shm-default-byte-size=67108864",
    ]  # fmt: skip
    if installation.backends is not None:
        command.append(f"--backend-directory={installation.backends}")
    return [*command, *arguments]


def _start(
    installation: Installation, command: Sequence[str], environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        return subprocess.Popen(
            command,
            env={**os.environ, **installation.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us first, and the group can be ended whole
            preexec_fn=_die_with_parent,
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait_until_ready(process: subprocess.Popen[bytes], server: Server, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(f"tritonserver did not start: {failure_in(server.log)}")
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{server.http_url}/v2/health/ready", timeout=2).close()
            return
        time.sleep(0.1)
    raise ServerError(f"tritonserver was not ready after {timeout_s:.0f} s; its log: {server.log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Asks first (in-flight requests finish), then ends the whole process group."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_TIMEOUT_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # stubs live in the server's group
    process.wait()

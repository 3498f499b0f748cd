"""`run_service()`: the whole of `serve` (gateway and supervised server) as a child process."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vislex.errors import ServerError
from vislex.serving.process import end, spawn

_READY = re.compile(r"^ready: gRPC (\S+), HTTP (\S+), metrics (\S+)$", re.MULTILINE)
_STOP_S = 60.0
_POLL_S = 0.1


@dataclass(frozen=True)
class RunningService:
    """A running `serve`: where it answers, its process, what it said, and Triton's own log."""

    grpc_url: str
    http_url: str
    metrics_url: str
    process: subprocess.Popen[bytes]
    log: Path
    triton_log: Path

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal and waits; the exit status."""
        self.process.send_signal(how)
        return self.process.wait(_STOP_S)


@contextmanager
def run_service(
    repository: Path,
    galleries: Mapping[str, Path],
    folder: Path,
    *,
    flags: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningService]:
    """Starts `vislex serve` on free loopback ports, yields once ready, ends it on exit.

    Logs go into `folder`. Raises ServerError with its last words when it does not start. How long
    that may take is its own flag, --ready-seconds; here it is waited for as long as it lives.
    """
    log, triton_log = folder / "serve.log", folder / "tritonserver.log"
    command = [sys.executable, "-m", "vislex", "serve", "--repository", str(repository)]
    for name, path in galleries.items():
        command += ["--gallery", f"{name}={path}"]
    for port in ("grpc", "http", "metrics"):
        command += [f"--{port}-port", "0"]
    process = spawn([*command, "--log", str(triton_log), *flags], environment or {}, log)
    try:
        grpc_url, http_url, metrics_url = _wait(process, log)
        yield RunningService(grpc_url, http_url, metrics_url, process, log, triton_log)
    finally:
        with suppress(ProcessLookupError):
            end(process, _STOP_S)


def _wait(process: subprocess.Popen[bytes], log: Path) -> tuple[str, ...]:
    while True:
        ended = process.poll() is not None
        said = log.read_text(encoding="utf-8", errors="replace")
        if found := _READY.search(said):
            return found.groups()
        if ended:
            raise ServerError(said.strip().rpartition("\n")[2] or "serve said nothing")
        time.sleep(_POLL_S)

"""A child process that never outlives its parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from vislex.serving.log import TO_STANDARD_ERROR

# Room for an image of usual size is kept in the heap, not asked of the kernel anew each time. With
# glibc's own limits, preparing a screen cost 8,000 page faults, and 36 ms of 49 were the kernel's.
# Larger blocks than this still go back at once. Variables of the caller's come first.
_ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": str(64 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(128 * 2**20),
}
_TIED = str(Path(__file__).with_name("tied.py"))


def spawn(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Starts `command` in a session of its own, its output in `log`; in `folder`, or in this one.

    The kernel kills it when the thread that started it ends: call this from one that stays.
    """
    with _opened(log) as sink:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", _TIED, str(os.getpid()), *command],
            cwd=folder,
            env={**_ALLOCATOR, **os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us first, and the group can be ended whole
        )


@contextmanager
def _opened(log: Path) -> Iterator[IO[bytes]]:
    if log == TO_STANDARD_ERROR:
        yield sys.stderr.buffer
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        yield sink


def end(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Asks first (in-flight requests finish), then ends the whole process group."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout_s)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # stubs live in the server's group
    process.wait()

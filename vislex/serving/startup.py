"""Whether a server that is starting still can: its process runs, and so do its workers."""

import subprocess
import time
from pathlib import Path

from vislex.errors import ServerError
from vislex.serving.log import failure_in, words_of_workers

_DEAD_S = 4.0  # a worker that Triton ended itself is gone within a second; on a busy machine, two
_LOOK_S = 0.5  # between two looks at the workers: each reads a file for every thread


class Start:
    """Asked again and again until the server is ready."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process, self._log = process, log
        self._dead: dict[int, float] = {}  # workers that have ended, and since when that is known
        self._next_look = 0.0

    def check(self) -> None:
        """Raises ServerError with the last words of the server, or of a worker that is dead.

        Triton 24.10 does not look at a worker that died before it first spoke: it waits for ever.
        """
        if self._process.poll() is not None:
            raise ServerError(f"tritonserver did not start: {self._why()}")
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_S
        self._dead = {pid: self._dead.get(pid, now) for pid in _ended_children(self._process.pid)}
        if any(now - since > _DEAD_S for since in self._dead.values()):
            raise ServerError(
                "tritonserver did not start: the worker of a Python model died before it could "
                f"say that it runs; its last words: {words_of_workers(self._log)}"
            )

    def _why(self) -> str:
        """What Triton says; of a worker that died it knows no more than that."""
        why = failure_in(self._log)
        if "Stub process" not in why:
            return why
        return f"{why} Its last words: {words_of_workers(self._log)}"


def _ended_children(pid: int) -> list[int]:
    """Child processes that have ended and that nobody has asked about."""
    ended = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            ended += [int(child) for child in children.read_text().split() if _has_ended(child)]
        except OSError:  # that thread is gone
            continue
    return ended


def _has_ended(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False

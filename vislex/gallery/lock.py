"""One writer at a time: a lock on a gallery that says who holds it.

The kernel keeps the lock (flock), so it ends with its holder, however that ends; what the file
says is only for people to read.
"""

import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from vislex.errors import GalleryBusy, GalleryMissing

LOCK_FILE = ".lock"
_POLL_S = 0.05


@dataclass(frozen=True)
class GalleryLock:
    """Proof that this process alone writes below `root`; only `locked` makes one."""

    root: Path


@contextmanager
def locked(root: Path, wait_s: float = 0.0, *, make: bool = True) -> Iterator[GalleryLock]:
    """Holds the lock of a gallery, whose folder is made where there is none and `make` is set.

    Waits up to `wait_s` seconds for another writer, then raises GalleryBusy with who that is.
    Raises GalleryMissing where there is no folder and none is to be made.
    """
    if make:
        root.mkdir(parents=True, exist_ok=True)
    elif not root.is_dir():
        raise GalleryMissing(f"there is no gallery at {root}")
    with (root / LOCK_FILE).open("a+", encoding="utf-8") as file:
        _acquire(file, root, wait_s)
        _sign(file)
        try:
            yield GalleryLock(root)
        finally:
            file.truncate(0)
            fcntl.flock(file, fcntl.LOCK_UN)  # also where a child process still has it open


def _acquire(file: IO[str], root: Path, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise GalleryBusy(
                    f"gallery {root} is being written by {_holder(file)}; waited {wait_s:g} s"
                ) from None
        time.sleep(_POLL_S)


def _sign(file: IO[str]) -> None:
    owner = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(sys.argv),
    }
    file.truncate(0)
    file.write(json.dumps(owner) + "\n")
    file.flush()


def _holder(file: IO[str]) -> str:
    file.seek(0)
    try:
        owner = json.loads(file.read())
        return "pid {pid} on {host} since {since} ({command})".format(**owner)
    except (ValueError, KeyError, TypeError):
        return "another process"  # which has not signed yet

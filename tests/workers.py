"""What the workers of `make test` share: things made once a run, and one server of each kind."""

import fcntl
import os
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

_ASKED = re.compile(r"\bserved: Served\b|\bservice: Service\b")  # the session's two servers


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name` that `make` writes, made by the first worker that asks; to be read only."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # each worker has a folder of its own below the run's
    made, half = base / f"shared-{name}", base / f"half-{name}"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(half, ignore_errors=True)  # of a worker that failed
            make(half)
            half.rename(made)
    return made


class OneServerOfAKind(LoadFileScheduling):  # type: ignore[misc]  # it ships no types
    """A file's tests stay together; so do all files that ask the same session's server.

    Each worker would start its own otherwise. Files go out as pytest collects them: those with
    servers and models first, the many short ones at the end, where they fill the gaps.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return _server_of(self.config.rootpath / file) or file


@cache
def _server_of(file: Path) -> str | None:
    found = _ASKED.search(file.read_text(encoding="utf-8"))
    return found[0] if found else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneServerOfAKind:
    """Called by pytest-xdist where there are workers."""
    return OneServerOfAKind(config, log)

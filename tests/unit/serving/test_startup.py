"""A worker that is dead at the start is seen while the server waits for it, with its last words."""

import asyncio
from pathlib import Path

import pytest

from tests.unit.gateway.in_process import relay_over
from tests.unit.serving.test_supervise import plan_of
from vislex.errors import ServerError
from vislex.serving.log import words_of_workers
from vislex.serving.process import end, spawn
from vislex.serving.settings import Restarts
from vislex.serving.startup import Start
from vislex.serving.supervise import supervise

# A server that starts a worker and does not ask how it ended, as Triton's Python backend.
WITH_DEAD_WORKER = """#!/bin/sh
echo 'I1128 09:38:50.865927 11126 model_lifecycle.cc:472] "loading: toy:1"'
sh -c 'echo "bash: line 1: /tmp/a: No such file or directory" >&2; exit 127' &
exec sleep 600
"""
LOG = """I1128 09:38:50.865927 11126 model_lifecycle.cc:472] "loading: toy:1"
+----------+
| OPTION   |

terminate called after throwing an instance of 'std::invalid_argument'
  what():  stol
E1128 09:38:51.000000 11126 server.cc:241] "CudaDriverHelper has not been initialized."
"""


def test_a_dead_worker_ends_the_wait(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, WITH_DEAD_WORKER, ready_timeout_s=600.0)
    words = "worker of a Python model died .* last words: bash: line 1: /tmp/a: No such file"
    with pytest.raises(ServerError, match=words):
        asyncio.run(supervise(plan, relay_over(tmp_path), Restarts(), lambda server: None))


def test_a_worker_that_lives_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_DEAD_S", "_LOOK_S"):
        monkeypatch.setattr(f"vislex.serving.startup.{name}", 0.0)
    process = spawn(["/bin/sh", "-c", "sleep 600 & exec sleep 600"], {}, tmp_path / "log")
    try:
        start = Start(process, tmp_path / "log")
        for _ in range(3):
            start.check()
    finally:
        end(process, 0.0)


def test_the_last_words_are_the_workers_own(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(LOG)
    assert words_of_workers(log) == (
        "terminate called after throwing an instance of 'std::invalid_argument' what():  stol"
    )
    log.write_text(LOG.splitlines()[0])
    assert words_of_workers(log) == f"none; the log is {log}"

"""A worker whose server was killed ends, though nothing tells it to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.service import wait_for

_WORKER = """if True:
    import os, time
    from vislex.triton.orphan import end_with_parent
    end_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(600)
"""
_SERVER = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def test_a_worker_ends_with_a_server_that_was_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER, _WORKER], stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        assert _lives(worker)
        server.send_signal(signal.SIGKILL)
        server.wait()
    wait_for(lambda: not _lives(worker))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        return stat.rpartition(")")[2].split()[0] != "Z"  # one that ended and nobody asked about
    except OSError:
        return False

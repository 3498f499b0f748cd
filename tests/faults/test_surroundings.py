"""A machine that lacks something: shared memory, disk, a clock that goes forward."""

import asyncio
import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.client.stand_in import StandIn, served
from tests.unit.gateway.in_process import connected, relay_over
from tests.unit.gateway.test_relay import ask
from vislex.errors import ServerError
from vislex.serving import shm
from vislex.serving.installation import Installation


class Usage(NamedTuple):
    """What shutil.disk_usage answers."""

    total: int
    used: int
    free: int


def write_model(repository: Path, name: str, config: str) -> None:
    (repository / name).mkdir(parents=True)
    (repository / name / "config.pbtxt").write_text(config)


def test_too_little_shared_memory_is_said_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four workers of 64 MB: one by default, two, and one of a backend written in Python."""
    repository, backends = tmp_path / "repository", tmp_path / "backends"
    write_model(repository, "match", 'backend: "python"\n')
    write_model(repository, "ocr", 'backend: "python"\ninstance_group [ { count: 2 } ]\n')
    write_model(repository, "siglip2", 'backend: "onnxruntime"\n')
    write_model(repository, "big", 'backend: "tensorrt"\ninstance_group [ { count: 9 } ]\n')
    write_model(repository, "classify", 'platform: "ensemble"\n')
    (backends / "onnxruntime").mkdir(parents=True)
    (backends / "onnxruntime" / "model.py").touch()
    installation = Installation(tmp_path / "tritonserver", backends)
    enough = 4 * 64 << 20
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(enough, 0, enough))
    shm.check_room(repository, installation)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(64 << 20, 0, enough - 1))
    words = r"255 MB free and the 4 Python workers need 256 MB.*shm-size"
    with pytest.raises(ServerError, match=words):
        shm.check_room(repository, installation)


def test_regions_of_the_dead_are_removed_and_no_others(tmp_path: Path) -> None:
    ours = tmp_path / f"{shm.region_prefix()}abc"
    dead = tmp_path / "vislex-4194304-12345-0000-abc"  # above the largest pid
    reused = tmp_path / f"vislex-{os.getpid()}-1-0000-abc"  # our pid, in another life
    foreign = tmp_path / "triton_python_backend_shm_region_1"
    code = "from vislex.serving.shm import region_prefix; print(region_prefix(), flush=True)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        unreaped = tmp_path / f"{child.stdout.read().strip()}abc"
        for region in (ours, dead, reused, foreign, unreaped):
            region.touch()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is a zombie
        shm.remove_orphans(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {ours.name, foreign.name}


def test_a_clock_that_goes_back_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deadlines and durations are of the monotonic clock; the wall clock here runs backwards."""
    backwards = itertools.count(1_700_000_000, -3600)
    monkeypatch.setattr("time.time", lambda: float(next(backwards)))

    async def run() -> None:
        relay = relay_over(tmp_path, longest_s=20)
        with served(StandIn()) as url:
            async with connected(url, relay) as channel:
                for _ in range(20):
                    await ask(channel)
        assert relay.metrics.by_code == {"OK": 20}
        assert 0 <= relay.metrics.duration_sum_s < 20

    asyncio.run(run())

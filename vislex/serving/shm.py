"""Shared memory of Triton's Python workers: enough of it at the start, none of it left at the end.

Each worker has a region in /dev/shm. Triton removes them when it stops in peace; after a kill they
stay and hold memory, so ours carry a name by which they can be found and removed.
"""

import os
import re
import shutil
import uuid
from pathlib import Path

from vislex.errors import ServerError
from vislex.infer.pbtxt import read_configs
from vislex.serving.installation import Installation

SHM = Path("/dev/shm")
REGION_BYTES = 64 << 20  # room for a batch of canvases before a region has to grow (default 1 MB)
_OURS = re.compile(r"vislex-(\d+)-(\d+)-")  # pid and start of the process that runs the server


def region_prefix() -> str:
    """A new prefix of names that says which process the regions belong to."""
    pid = str(os.getpid())
    return f"vislex-{pid}-{_started(pid)}-{uuid.uuid4().hex[:8]}-"


def region_arguments(installation: Installation, prefix: str) -> list[str]:
    """Arguments that give every Python worker a region of its own size and name."""
    return [
        f"--backend-config={backend},{setting}"
        for backend in sorted(_python_backends(installation))
        for setting in (
            f"shm-region-prefix-name={prefix}",
            f"shm-default-byte-size={REGION_BYTES}",
        )
    ]


def check_room(repository: Path, installation: Installation, shm: Path = SHM) -> None:
    """Raises ServerError where the regions will not fit; Triton would hang or die of it later."""
    workers = _workers(repository, installation)
    need, free = workers * REGION_BYTES, shutil.disk_usage(shm).free
    if need > free:
        raise ServerError(
            f"{shm} has {free >> 20} MB free and the {workers} Python workers need {need >> 20} MB:"
            " give a container more (docker: --shm-size=1g; Kubernetes: an emptyDir with medium:"
            f" Memory mounted at {shm})"
        )


def remove_regions(prefix: str, shm: Path = SHM) -> None:
    """Removes what a server that has ended left behind."""
    for region in shm.glob(f"{prefix}*"):
        region.unlink(missing_ok=True)


def remove_orphans(shm: Path = SHM) -> None:
    """Removes the regions of processes that have ended: killed ones could not do it."""
    for region in shm.glob("vislex-*"):
        found = _OURS.match(region.name)
        if found and _started(found[1]) != found[2]:
            region.unlink(missing_ok=True)


def _workers(repository: Path, installation: Installation) -> int:
    python = _python_backends(installation)
    return sum(
        sum(max(group.count, 1) for group in config.instance_group) or 1
        for config in read_configs(repository).values()
        if config.backend in python
    )


def _python_backends(installation: Installation) -> set[str]:
    """`python`, and the backends that are themselves written in it."""
    folders = installation.backends.glob("*/model.py") if installation.backends else ()
    return {"python", *(model.parent.name for model in folders)}


def _started(pid: str) -> str:
    """When a living process started, in clock ticks since boot; "" where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]  # a zombie: dead, but not waited for

"""The machine that a figure was measured on, and its use by a tree of processes."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

_PACKAGES = ("onnxruntime", "openvino", "numpy", "nvidia-pytriton", "rapidocr-onnxruntime", "torch")
# Its last arguments: the instance (model, group, number) and the backend.
_STUB = "triton_python_backend_stub"


@dataclass(frozen=True)
class Machine:
    """The processor, its load before the run, and the versions that decide speed."""

    processor: str
    cores: int
    memory_gb: float
    load_before: float  # 1-minute average
    commit: str
    packages: Mapping[str, str]


@dataclass(frozen=True)
class Usage:
    """CPU seconds of processes, by what they do, and the memory of them all."""

    cpu_s: Mapping[str, float]
    memory_mb: float  # resident; a page that several share counts once in all
    machine_s: float = 0.0  # CPU seconds of everything on the machine, whoever used them

    def cpu_since(self, earlier: "Usage") -> dict[str, float]:
        """CPU seconds used since `earlier`, by what the processes do."""
        return {name: s - earlier.cpu_s.get(name, 0.0) for name, s in self.cpu_s.items()}


def describe_machine() -> Machine:
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", info.read_text()) if info.is_file() else []
    return Machine(
        processor=names[0] if names else platform.machine(),
        cores=os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        load_before=round(os.getloadavg()[0], 1),
        commit=_commit(),
        packages={name: found for name in _PACKAGES if (found := _version(name))},
    )


def usage_of(pid: int) -> Usage:
    """What the process and all its descendants have used so far."""
    cpu: dict[str, float] = {}
    memory = 0.0
    root = psutil.Process(pid)
    for process in (root, *root.children(recursive=True)):
        try:
            times, command = process.cpu_times(), process.cmdline()
            memory += process.memory_full_info().pss / 2**20
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue  # it ended while we looked
        name = role_of(command)
        cpu[name] = cpu.get(name, 0.0) + times.user + times.system
    return Usage(cpu, memory, _machine_s())


def _machine_s() -> float:
    times = psutil.cpu_times()
    return float(sum(times[:-2]) - times.idle - times.iowait)  # the last two are in the first


def role_of(command: list[str]) -> str:
    """What a process of a served tree does: the model a stub runs, Triton itself, or the launcher.

    >>> role_of("/b/triton_python_backend_stub /r/ocr/1/model.py ... ocr_0_1 DEFAULT".split())
    'ocr'
    """
    program = Path(command[0]).name if command else ""
    if program == _STUB:
        return re.sub(r"_\d+_\d+$", "", command[-2])
    return program if program == "tritonserver" else "launcher"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"

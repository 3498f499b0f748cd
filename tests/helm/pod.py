"""A pod of the rendered chart, run here as a kubelet would: started, probed, ended by its manifest.

What is mapped: paths of volumes and ports to this machine's, the address to loopback. Where this
machine lets a test mount, the pod gets what its manifest asks for: nothing that it can write to but
/tmp, a /dev/shm of the size it says, and no capabilities.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helm.chart import NAME, PROJECT, Object, Rendered

_CONFINE = """
mount --bind /tmp /tmp && mount -o remount,bind,ro / || exit
IFS=:
for folder in $READ_ONLY; do
  mount --bind "$folder" "$folder" && mount -o remount,bind,ro "$folder" || exit
done
mount -t tmpfs -o size="$SHM" tmpfs /dev/shm || exit
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"
"""


def can_confine() -> bool:
    """Whether this machine lets a test have mounts of its own."""
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        return False
    remount = ["unshare", "--mount", "mount", "-o", "remount,bind,ro", "/"]
    return subprocess.run(remount, capture_output=True, timeout=120).returncode == 0


@dataclass
class RunningPod:
    """The server's container as a process, and its manifest."""

    spec: Object
    container: Object
    process: "subprocess.Popen[bytes]"
    ports: Mapping[int, int]  # of the container -> of this machine
    log: Path
    confined: bool
    answers: list[tuple[str, int]] = field(default_factory=list)  # (probe, HTTP status; 0: none)
    signalled_s: float | None = None  # when SIGTERM was sent, CLOCK_MONOTONIC

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.ports[self._port_of('grpc')]}"

    @property
    def metrics_url(self) -> str:
        return f"http://127.0.0.1:{self.ports[self._port_of('metrics')]}/metrics"

    def probe(self, name: str) -> bool:
        """Asks as a kubelet does: any status from 200 to 399 in time is a success."""
        probe = self.container[name]
        port = self.ports[self._port_of(probe["httpGet"]["port"])]
        url = f"http://127.0.0.1:{port}{probe['httpGet']['path']}"
        try:
            with urllib.request.urlopen(url, timeout=probe["timeoutSeconds"]) as answer:
                status: int = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            status = 0
        self.answers.append((name, status))
        return 200 <= status < 400

    def wait_started(self) -> None:
        """Runs the startup probe, more often than the manifest says, for as long as it says.

        Raises AssertionError with the container's log where a kubelet would restart it.
        """
        probe = self.container["startupProbe"]
        deadline = time.monotonic() + probe["periodSeconds"] * probe["failureThreshold"]
        while not self.probe("startupProbe"):
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.25)

    def terminate(self) -> None:
        """Ends the container as a kubelet does: preStop, SIGTERM, the rest of the grace period.

        Raises AssertionError where a kubelet would have killed it.
        """
        slept_s = self.container["lifecycle"]["preStop"]["sleep"]["seconds"]
        time.sleep(slept_s)
        self.signalled_s = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.spec["terminationGracePeriodSeconds"] - slept_s)
        except subprocess.TimeoutExpired:
            raise AssertionError("a kubelet would have killed it") from None

    def status(self) -> dict[str, str]:
        """Its /proc/PID/status."""
        lines = self._proc("status").splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def mounts(self) -> dict[str, list[str]]:
        """Options of the file systems it sees, by folder."""
        rows = [line.split() for line in self._proc("mounts").splitlines()]
        return {folder: options.split(",") for _, folder, _, options, *_ in rows}

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text(encoding="utf-8")

    def _port_of(self, name: str) -> int:
        (found,) = [one["containerPort"] for one in self.container["ports"] if one["name"] == name]
        return int(found)


@contextmanager
def run_pod(rendered: Rendered, mapped: Mapping[str, Path], scratch: Path) -> Iterator[RunningPod]:
    """Runs the server's container of a rendered chart; `mapped` are paths of its volumes."""
    container = rendered.server
    ports = {one["containerPort"]: free_port() for one in container["ports"]}
    confined = can_confine()
    command = [*_confinement(confined), sys.executable, *container["command"][1:]]
    command += [_here(argument, mapped, ports) for argument in container["args"]]
    shm = next(one["emptyDir"] for one in rendered.pod["volumes"] if one["name"] == "shm")
    surroundings = {
        "TMPDIR": "/tmp",
        "SHM": shm["sizeLimit"].removesuffix("i"),
        "READ_ONLY": os.pathsep.join(map(str, [PROJECT, *mapped.values()])),
    }
    log = scratch / "container.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            env={**os.environ, **surroundings, **_environment(rendered, container)},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        yield RunningPod(rendered.pod, container, process, ports, log, confined)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(120)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _confinement(confined: bool) -> list[str]:
    return ["unshare", "--mount", "sh", "-c", _CONFINE, "sh"] if confined else []


def _here(argument: str, mapped: Mapping[str, Path], ports: Mapping[int, int]) -> str:
    """An argument with this machine's paths and ports; AssertionError for a path not mapped."""
    flag, _, value = argument.partition("=")
    if flag.endswith("-port"):
        return f"{flag}={ports[int(value)]}"
    if flag == "--host":
        return f"{flag}=127.0.0.1"
    name, equals, path = value.rpartition("=")
    if path.startswith("/"):
        return f"{flag}={name}{equals}{_mapped(Path(path), mapped)}"
    return argument


def _mapped(path: Path, mapped: Mapping[str, Path]) -> Path:
    for folder in (path, *path.parents):
        if str(folder) in mapped:
            return mapped[str(folder)] / path.relative_to(folder)
    raise AssertionError(f"{path} is on no volume of the test")


def _environment(rendered: Rendered, container: Object) -> dict[str, Any]:
    found = {one["name"]: one["value"] for one in container.get("env", [])}
    for source in container.get("envFrom", []):
        name = source["configMapRef"]["name"]
        assert name.startswith(NAME)
        found |= rendered.one("ConfigMap", name)["data"]
    return found

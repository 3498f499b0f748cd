"""What tests ask of a running `serve`: its health, its metrics, its processes."""

import time
import urllib.error
from collections.abc import Callable
from pathlib import Path

import grpc

from tests.images import SAMPLES
from vislex.calls import CANARY_ID
from vislex.gateway import wire
from vislex.gateway.upstream import INFERENCE
from vislex.network.direct import open_url
from vislex.serving.background import RunningService
from vislex.serving.canary import canary_request

SCREEN = SAMPLES / "queries" / "ayh_amount" / "00.webp"
IN_FLIGHT = "vislex_requests_in_flight"
RESTARTS = "vislex_server_restarts_total"


def http(service: RunningService, path: str) -> int:
    try:
        with open_url(service.http_url + path, timeout_s=120) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def scrape(service: RunningService) -> dict[str, float]:
    """Every sample of the metrics page by its name and labels."""
    with open_url(service.metrics_url, timeout_s=120) as answer:
        lines = answer.read().decode().splitlines()
    samples = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def wait_for(condition: Callable[[], bool], timeout_s: float = 300.0) -> float:
    """Seconds until `condition()` holds. The limit is for machines that are slow and busy."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < timeout_s, "it took too long"
        time.sleep(0.1)
    return time.monotonic() - began


def stub_of(service: RunningService, model: str) -> int:
    """The pid of one Python worker of `model`."""
    for pid in group_members(child_of(service.process.pid)):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"stub" in words[0] and f"/{model}/".encode() in words[1]:
            return pid
    raise AssertionError(f"{model} has no worker")


def infer(channel: grpc.Channel) -> grpc.UnaryUnaryMultiCallable:
    """The inference method as bytes in, bytes out."""
    return channel.unary_unary(INFERENCE + "ModelInfer")


# The canary as a caller may send it: without the id that is the gateway's own.
CANARY = canary_request("classify").removesuffix(wire.request_id(CANARY_ID))


def group_members(group: int) -> list[int]:
    """Pids of the living processes in a process group."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            members.append(int(stat.parent.name))
    return members


def wait_until_gone(group: int, timeout_s: float = 120.0) -> list[int]:
    deadline = time.monotonic() + timeout_s
    while (members := group_members(group)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return members


def child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])


def memory_mb(pid: int) -> float:
    """Resident memory of one process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20

"""Clients that leave, flood and hurry: nobody else notices, nothing leaks."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import pytest

from tests.service import (
    CANARY,
    IN_FLIGHT,
    RESTARTS,
    child_of,
    group_members,
    infer,
    memory_mb,
    scrape,
    wait_for,
)
from vislex.serving.background import RunningService

SLOTS = 4  # of the `service` fixture


def all_memory_mb(service: RunningService) -> float:
    """Of the gateway, the server and its workers."""
    pids = [service.process.pid, *group_members(child_of(service.process.pid))]
    return sum(map(memory_mb, pids))


@pytest.mark.parametrize("count", [48, pytest.param(1_000, marks=pytest.mark.long)])
def test_clients_that_leave(service: RunningService, count: int) -> None:
    """Cancelled, disconnected and expired calls: at this Triton any one of them alone is fatal."""
    restarts, warm_mb = scrape(service)[RESTARTS], 0.0
    for i in range(count):
        if i == count // 2:
            warm_mb = all_memory_mb(service)
        channel = grpc.insecure_channel(service.grpc_url, [("grpc.use_local_subchannel_pool", 1)])
        call = infer(channel).future(CANARY, timeout=0.05 if i % 3 == 0 else None)
        time.sleep(0.02 * (i % 6))
        if i % 3 == 1:
            call.cancel()
        channel.close()
    wait_for(lambda: scrape(service)[IN_FLIGHT] == 0)
    with grpc.insecure_channel(service.grpc_url) as channel:
        assert infer(channel)(CANARY, timeout=300)
    assert scrape(service)[RESTARTS] == restarts
    assert all_memory_mb(service) - warm_mb < 60


@contextmanager
def load(
    service: RunningService, clients: int, seconds: float
) -> Iterator[list[tuple[str, float]]]:
    """Code and duration of every call of `clients` that ask again and again."""
    results: list[tuple[str, float]] = []
    until = time.monotonic() + seconds

    def ask() -> None:
        with grpc.insecure_channel(
            service.grpc_url, [("grpc.use_local_subchannel_pool", 1)]
        ) as channel:
            while time.monotonic() < until:
                began = time.monotonic()
                try:
                    infer(channel)(CANARY, timeout=300)
                    code = "OK"
                except grpc.RpcError as error:
                    code = error.code().name
                    assert "Overloaded" in error.details(), error.details()
                results.append((code, time.monotonic() - began))
                if code != "OK":
                    time.sleep(0.25)  # what the server asked for is longer

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield results


def p99(durations: list[float]) -> float:
    return statistics.quantiles(durations, n=100)[98]


@pytest.mark.long
def test_a_flood_is_shed_and_the_accepted_do_not_wait_for_it(service: RunningService) -> None:
    """Ten times as many clients as slots, against exactly as many."""
    with load(service, SLOTS, 20) as results:
        calm = p99([seconds for _, seconds in results])
    with load(service, 10 * SLOTS, 20) as results:
        accepted = [seconds for code, seconds in results if code == "OK"]
        shed = [seconds for code, seconds in results if code == "UNAVAILABLE"]
    assert Counter(code for code, _ in results).keys() <= {"OK", "UNAVAILABLE"}
    print(f"p99 calm {calm:.3f} s, flooded {p99(accepted):.3f} s, shed {p99(shed):.3f} s; "
          f"{len(accepted)} accepted, {len(shed)} shed")  # fmt: skip
    assert p99(accepted) < 2 * calm
    assert p99(shed) < calm
    assert scrape(service)["vislex_requests_shed_total"] >= len(shed)


def test_a_deadline_that_passes_in_the_queue(service: RunningService) -> None:
    """The client hears at its deadline, and the calls before it are answered."""
    with grpc.insecure_channel(service.grpc_url) as channel:
        first = [infer(channel).future(CANARY, timeout=300) for _ in range(SLOTS - 1)]
        began = time.monotonic()
        late = infer(channel).future(CANARY, timeout=0.03)
        assert late.exception().code() == grpc.StatusCode.DEADLINE_EXCEEDED
        assert time.monotonic() - began < 2
        assert all(call.result() for call in first)
    wait_for(lambda: scrape(service)[IN_FLIGHT] == 0, 30)

"""The served pipeline, measured from outside: speed, latency, CPU, memory, where it all goes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from loadtest.arrivals import Arrivals
from loadtest.drive import Run, closed_loop, open_loop
from loadtest.figures import Latency, growth_per_1000, latency, one_queue
from loadtest.machine import usage_of
from loadtest.scrape import Samples, scrape
from loadtest.serve import ServedAt, connect
from loadtest.split import ModelCounts, Part, cpu_split, model_counts, request_split

_COUNTING_S = 0.3


@dataclass(frozen=True)
class Served:
    """One run at one concurrency."""

    concurrency: int
    images: int
    images_per_s: float
    latency: Latency
    cpu_ms_per_image: dict[str, float]  # by process; with what was idle, all the cores had
    memory_mb: float  # of the server's processes
    models: dict[str, ModelCounts]
    split: list[Part] | None  # of a request's time, where it had the server to itself


@dataclass(frozen=True)
class OpenLoop:
    """Requests that arrive whether or not earlier ones are answered."""

    arrivals: Literal["even", "random"]
    share: float  # of what the server can do
    images_per_s: float
    latency: Latency
    of_one_queue: float  # p99 over p50, had each request taken its turn and the same time

    @property
    def p99_over_p50(self) -> float:
        return self.latency.p99_ms / self.latency.p50_ms


@dataclass(frozen=True)
class Memory:
    """Resident memory over many requests of mixed sizes."""

    requests: int
    first_mb: float
    last_mb: float
    growth_mb_per_1000: float  # after a third, as warm-up


def measure_served(
    server: ServedAt, images: Sequence[bytes], concurrency: int, cores: int
) -> Served:
    """Sends every image once, closed loop. Raises VislexError where a request fails."""
    with connect(server.url) as client:
        client.classify(images[0])
        told, used, own = _counted(server), usage_of(server.pid), time.process_time()
        run = closed_loop(client.classify, images, concurrency)
        own = time.process_time() - own
    after, grown = usage_of(server.pid), _counted(server).since(told)
    took = latency(run.seconds)
    return Served(
        concurrency,
        len(images),
        run.images_per_s,
        took,
        cpu_split(used, after, own, run.wall_s, cores, len(images)),
        after.memory_mb,
        model_counts(grown),
        request_split(grown, took.mean_ms) if concurrency == 1 else None,
    )


def _counted(server: ServedAt) -> Samples:
    """What the server counts, once it has counted what it answered: it answers first."""
    time.sleep(_COUNTING_S)
    return scrape(server.metrics_url)


def run_served(server: ServedAt, images: Sequence[bytes], concurrency: int) -> Run:
    """One half of a pair: every image once, nothing else measured."""
    with connect(server.url) as client:
        return closed_loop(client.classify, images, concurrency)


def measure_open_loop(
    server: ServedAt,
    images: Sequence[bytes],
    saturated: float,
    share: float,
    arrivals: Literal["even", "random"],
) -> OpenLoop:
    """Arrivals at `share` (0..1) of the saturated rate, in images a second."""
    planned = Arrivals(rate=share * saturated, poisson=arrivals == "random")
    with connect(server.url) as client:
        run = open_loop(client.classify, images, planned)
    alone = latency(one_queue(islice(planned, len(images)), 1 / saturated))
    return OpenLoop(
        arrivals, share, run.images_per_s, latency(run.seconds), alone.p99_ms / alone.p50_ms
    )


def measure_memory(
    server: ServedAt, images: Sequence[bytes], concurrency: int, every: int
) -> Memory:
    """Resident memory of the server, looked at after each `every` images."""
    done, memory = [0], [usage_of(server.pid).memory_mb]
    with connect(server.url) as client:
        for start in range(0, len(images), every):
            closed_loop(client.classify, images[start : start + every], concurrency)
            done.append(min(start + every, len(images)))
            memory.append(usage_of(server.pid).memory_mb)
    return Memory(len(images), memory[0], memory[-1], growth_per_1000(done, memory))

"""The served pipeline, measured from outside: speed, latency, CPU, memory, where it all goes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from loadtest.arrivals import Arrivals
from loadtest.drive import Run, closed_loop, open_loop
from loadtest.figures import Latency, growth_per_1000, latency
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
    rss_mb: float  # of the server's processes; what they share is counted in each
    models: dict[str, ModelCounts]
    split: list[Part] | None  # of a request's time, where it had the server to itself


@dataclass(frozen=True)
class OpenLoop:
    """Requests that arrive at random, at a share of what the server can do."""

    share: float
    images_per_s: float
    latency: Latency

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
        concurrency, len(images), run.images_per_s, took,
        cpu_split(used, after, own, run.wall_s, cores, len(images)), after.rss_mb,
        model_counts(grown), request_split(grown, took.mean_ms) if concurrency == 1 else None,
    )  # fmt: skip


def _counted(server: ServedAt) -> Samples:
    """What the server counts, once it has counted what it answered: it answers first."""
    time.sleep(_COUNTING_S)
    return scrape(server.metrics_url)


def run_served(server: ServedAt, images: Sequence[bytes], concurrency: int) -> Run:
    """One half of a pair: every image once, nothing else measured."""
    with connect(server.url) as client:
        return closed_loop(client.classify, images, concurrency)


def measure_open_loop(
    server: ServedAt, images: Sequence[bytes], saturated: float, share: float
) -> OpenLoop:
    """Poisson arrivals at `share` (0..1) of the saturated rate, in images a second."""
    with connect(server.url) as client:
        run = open_loop(client.classify, images, Arrivals(rate=share * saturated))
    return OpenLoop(share, run.images_per_s, latency(run.seconds))


def measure_memory(
    server: ServedAt, images: Sequence[bytes], concurrency: int, every: int
) -> Memory:
    """Resident memory of the server, looked at after each `every` images."""
    done, rss = [0], [usage_of(server.pid).rss_mb]
    with connect(server.url) as client:
        for start in range(0, len(images), every):
            closed_loop(client.classify, images[start : start + every], concurrency)
            done.append(min(start + every, len(images)))
            rss.append(usage_of(server.pid).rss_mb)
    return Memory(len(images), rss[0], rss[-1], growth_per_1000(done, rss))

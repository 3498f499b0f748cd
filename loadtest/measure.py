"""The served pipeline beside its models alone and the libraries, over the same images."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Literal

import numpy as np

from loadtest.each_model import connect, grpc_infer, python_calls
from loadtest.figures import Ratio
from loadtest.paired import in_turn
from loadtest.raw import record_calls, replay, replay_spread
from loadtest.serve import ServedAt, serving
from loadtest.served import (
    Memory,
    OpenLoop,
    Served,
    measure_memory,
    measure_open_loop,
    measure_served,
    run_served,
)
from loadtest.workload import Workload, say

OPEN_LOOP_SHARE = 0.7
_ARRIVALS: tuple[Literal["even", "random"], ...] = ("even", "random")
_ROUNDS = 4  # requests of each client in a saturated run
_NO_SHEDDING = ("--max-in-flight", "200")  # waiting requests are measured, not refused
_MEMORY_LOOKS = 12  # at resident memory over a run


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    concurrency: tuple[int, ...]
    pairs: int
    requests: int
    cores: int


@dataclass(frozen=True)
class Serving:
    """The served pipeline, its models alone and the libraries. Times are ms of one image."""

    alone_ms: dict[str, float]  # each model, all cores, one after the other
    over_grpc_ms: dict[str, float]  # the same calls, and those of the Python models, served
    library_ms: float
    served: list[Served]
    over_raw: Ratio
    over_spread: Ratio  # over the same models, with an image's crops side by side
    over_library: Ratio
    open_loops: list[OpenLoop]
    memory: Memory


def measure_serving(
    load: Workload, repository: Path, gallery: Path, logs: Path, plan: Plan
) -> Serving:
    """Starts a server over the repository and measures it beside the models and the libraries."""
    images, most = load.images, max(plan.concurrency)
    # A run in which all images go out at once has a beginning and an end, and nothing between.
    rounds = math.ceil(_ROUNDS * most / len(images))
    many = images * rounds
    calls = record_calls(images, load.models)
    alone = [replay(calls, load.alone)]
    with serving(repository, gallery, logs, _NO_SHEDDING) as server:
        run_served(server, images, most)  # warms every shape up
        say("served at each concurrency")
        served = [
            measure_served(server, images if n == 1 else many, n, plan.cores)
            for n in plan.concurrency
        ]
        say("served beside its models alone")
        over_raw = in_turn(
            partial(run_served, server, many, most),
            lambda: alone.extend(replay(calls, load.alone) for _ in range(rounds)),
            plan.pairs,
        )
        over_spread = in_turn(
            partial(run_served, server, many, most),
            partial(replay_spread, calls * rounds, load.models.infer),
            plan.pairs,
        )
        say("served beside the libraries")
        over_library = in_turn(
            partial(run_served, server, images, 1),
            partial(load.libraries.classify_all, images),
            plan.pairs,
        )
        say("each model over gRPC")
        over_grpc = _over_grpc(server, load)
        say("open loop and memory")
        arriving = list(islice(cycle(images), plan.requests))
        saturated = max(run.images_per_s for run in served)
        open_loops = [
            measure_open_loop(server, arriving, saturated, OPEN_LOOP_SHARE, arrivals)
            for arrivals in _ARRIVALS
        ]
        memory = measure_memory(server, arriving, most, max(1, len(arriving) // _MEMORY_LOOKS))
    return Serving(
        alone_ms=_median_ms(alone, len(images)),
        over_grpc_ms=over_grpc,
        library_ms=1000 * over_library.seconds_b / len(images),
        served=served,
        over_raw=over_raw,
        over_spread=over_spread,
        over_library=over_library,
        open_loops=open_loops,
        memory=memory,
    )


def _over_grpc(server: ServedAt, load: Workload) -> dict[str, float]:
    """Milliseconds of an image in each served model, asked one call at a time."""
    calls = [
        *record_calls(load.images, load.models),
        *python_calls(load.images, load.models),
    ]
    with connect(server.triton_url) as client:
        return _median_ms([replay(calls, grpc_infer(client))], len(load.images))


def _median_ms(runs: Sequence[dict[str, float]], images: int) -> dict[str, float]:
    return {name: 1000 * float(np.median([run[name] for run in runs])) / images for name in runs[0]}

"""The parts of a benchmark, each over the same images."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from loadtest.each_model import connect, grpc_infer, python_calls
from loadtest.figures import Ratio, character_errors
from loadtest.ocr_readers import rapidocr_at_our_settings
from loadtest.paired import in_turn
from loadtest.payloads import read_folder
from loadtest.raw import Libraries, in_a_row, record_calls, replay, replay_spread
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
from vislex.config import DEFAULT_LIMITS
from vislex.contract import EMBEDDING, OCR_REC, SIGLIP2
from vislex.image import decode_image
from vislex.infer import Infer
from vislex.infer.pbtxt import read_config
from vislex.infer.repository import open_infer
from vislex.ocr import read_text
from vislex.ocr.canvas import make_canvas
from vislex.ocr.characters import read_characters

OPEN_LOOP_SHARE = 0.7
_ARRIVALS: tuple[Literal["even", "random"], ...] = ("even", "random")
_ROUNDS = 4  # requests of each client in a saturated run
_NO_SHEDDING = ("--max-in-flight", "200")  # what waits is measured, not turned away
_MEMORY_LOOKS = 12  # at resident memory over a run


@dataclass(frozen=True)
class Workload:
    """The images, and what classifies them in this process."""

    images: tuple[bytes, ...]
    decoded: tuple[NDArray[np.uint8], ...]
    infer: Infer
    alone: Infer  # each call on all cores
    characters: tuple[str, ...]
    libraries: Libraries
    engine: str  # the backend that the repository names

    @property
    def megapixels(self) -> float:
        """Of an image, on average."""
        return float(np.mean([image.shape[0] * image.shape[1] for image in self.decoded])) / 1e6


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


@dataclass(frozen=True)
class Reading:
    """The OCR stage in this process against RapidOCR, on the same decoded images."""

    speed: Ratio  # over RapidOCR as it comes
    character_error_rate: float  # of RapidOCR's text at our settings, as docs/ocr.md says


def open_workload(folder: Path, limit: int, repository: Path) -> Workload:
    """Raises RepositoryError where there are no images or no models."""
    images = tuple(payload.data for payload in read_folder(folder, limit))
    infer = open_infer(repository)
    return Workload(
        images,
        tuple(decode_image(data, DEFAULT_LIMITS) for data in images),
        infer,
        in_a_row(repository),
        read_characters(repository),
        Libraries(lambda tensors: infer(SIGLIP2, tensors)[EMBEDDING.name]),
        read_config(repository / OCR_REC.name).backend,
    )


def measure_serving(
    load: Workload, repository: Path, gallery: Path, logs: Path, plan: Plan
) -> Serving:
    """Starts a server over the repository and measures it beside the models and the libraries."""
    images, most = load.images, max(plan.concurrency)
    # A run in which all images go out at once has a beginning and an end, and nothing between.
    rounds = math.ceil(_ROUNDS * most / len(images))
    many = images * rounds
    calls = record_calls(images, load.infer, load.characters)
    alone = [replay(calls, load.alone)]
    with serving(repository, gallery, logs, _NO_SHEDDING) as server:
        run_served(server, images, most)  # warms every shape up
        _say("served at each concurrency")
        served = [
            measure_served(server, images if n == 1 else many, n, plan.cores)
            for n in plan.concurrency
        ]
        _say("served beside its models alone")
        over_raw = in_turn(
            partial(run_served, server, many, most),
            lambda: alone.extend(replay(calls, load.alone) for _ in range(rounds)),
            plan.pairs,
        )
        over_spread = in_turn(
            partial(run_served, server, many, most),
            partial(replay_spread, calls * rounds, load.infer),
            plan.pairs,
        )
        _say("served beside the libraries")
        over_library = in_turn(
            partial(run_served, server, images, 1),
            partial(load.libraries.classify_all, images),
            plan.pairs,
        )
        _say("each model over gRPC")
        over_grpc = _over_grpc(server, load)
        _say("open loop and memory")
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
        served=served, over_raw=over_raw, over_spread=over_spread, over_library=over_library,
        open_loops=open_loops, memory=memory,
    )  # fmt: skip


def measure_reading(load: Workload, pairs: int, cores: int) -> Reading:
    """Reads every image both ways: speed in turn, and how far the texts are apart."""
    _say("the OCR stage beside RapidOCR")
    ours: list[str] = []

    def read_ours() -> None:
        ours[:] = [_read(image, load) for image in load.decoded]

    def read_theirs() -> None:
        for image in load.decoded:
            load.libraries.read(image)

    speed = in_turn(read_ours, read_theirs, pairs)
    theirs = list(map(rapidocr_at_our_settings(cores), load.decoded))
    errors = sum(map(character_errors, theirs, ours))
    return Reading(speed, errors / max(1, sum(map(len, theirs))))


def _read(image: NDArray[np.uint8], load: Workload) -> str:
    (lines,) = read_text([make_canvas(image)], load.infer, load.characters)
    return "\n".join(line.text for line in lines)


def _over_grpc(server: ServedAt, load: Workload) -> dict[str, float]:
    """Milliseconds of an image in each served model, asked one call at a time."""
    calls = [
        *record_calls(load.images, load.infer, load.characters),
        *python_calls(load.images, load.infer, load.characters),
    ]
    with connect(server.triton_url) as client:
        return _median_ms([replay(calls, grpc_infer(client))], len(load.images))


def _median_ms(runs: Sequence[dict[str, float]], images: int) -> dict[str, float]:
    return {name: 1000 * float(np.median([run[name] for run in runs])) / images for name in runs[0]}


def _say(what: str) -> None:
    print(f"measuring: {what}", file=sys.stderr, flush=True)

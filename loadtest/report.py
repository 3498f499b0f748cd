"""A benchmark's figures, and the project's goals beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtest.figures import Goal
from loadtest.full_size import FullSize
from loadtest.lookup import Lookup
from loadtest.machine import Machine
from loadtest.measure import Serving
from loadtest.reading import Reading

READING_GOALS = {"onnxruntime": 3.3, "openvino": 6.0}  # times RapidOCR's speed
FLAT_REQUESTS = 2000  # fewer say nothing about memory: what is warming up looks like growth


@dataclass(frozen=True)
class Report:
    """Everything one run measured."""

    date: str
    command: str
    machine: Machine
    engine: str  # that runs the repository's models
    images: int
    megapixels: float  # of an image, on average
    serving: Serving
    reading: Reading
    lookups: list[Lookup]
    full_size: list[FullSize]
    goals: list[Goal]


def goals_of(
    engine: str,
    serving: Serving,
    reading: Reading,
    lookups: Sequence[Lookup],
    full_size: Sequence[FullSize],
) -> list[Goal]:
    """The project's goals beside what was found."""
    alone = min(serving.served, key=lambda run: run.concurrency)
    look_up = [min(one.exact_ms, one.half_ms) for one in lookups if one.vectors == 100_000]
    share = 100 * look_up[0] / alone.latency.p50_ms if look_up else None
    speeds = {one.variant: one.served_over_study.value for one in full_size}
    onnx = [speed for name, speed in speeds.items() if name.startswith("onnx")]
    memory = serving.memory
    growth = memory.growth_mb_per_1000 if memory.requests >= FLAT_REQUESTS else None
    return [
        Goal("served, saturated / its models alone", "at least", 0.90, serving.over_raw.value),
        Goal("served, one at a time / libraries", "at least", 1.0, serving.over_library.value),
        Goal("OCR stage / RapidOCR as it comes", "at least", READING_GOALS.get(engine, 3.3),
             reading.speed.value),
        Goal("character errors against RapidOCR at our settings, %", "at most", 0.5,
             100 * reading.character_error_rate),
        Goal("so400m served, ONNX Runtime / study", "at least", 4.0, max(onnx, default=None)),
        Goal("so400m served, fastest engine / study", "at least", 6.0,
             max(speeds.values(), default=None)),
        Goal("look-up in 100,000 x 1152, % of a request", "at most", 5.0, share),
        *(Goal(f"p99 / p50 at 70 % of saturation, {one.arrivals} arrivals", "at most", 2.0,
               one.p99_over_p50) for one in serving.open_loops),
        Goal("memory growth, MB per 1000 requests", "at most", 1.0, growth),
    ]  # fmt: skip

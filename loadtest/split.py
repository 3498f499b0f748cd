"""Where a request's time goes, from what the server counts; each split adds up to the whole."""

from collections.abc import Mapping
from dataclasses import dataclass

from loadtest.machine import Usage
from loadtest.scrape import Samples
from vislex.contract.images import OCR, OCR_DET, OCR_REC, PREPARE, SIGLIP2
from vislex.contract.screens import CLASSIFY, MATCH

_STAGES = {
    PREPARE.name: ("decode", "patches", "canvas"),
    OCR.name: ("detect", "crop", "recognize"),
    MATCH.name: ("search", "decide"),
}
IDLE, OTHERS = "idle", "used by other programs"


@dataclass(frozen=True)
class ModelCounts:
    """One model over a run: items a batch, and milliseconds of a request spent in each part."""

    requests: int
    average_batch: float
    queue_ms: float
    compute_ms: float
    total_ms: float  # from arrival to answer, inside the server


@dataclass(frozen=True)
class Part:
    """One line of a split: `within` names the line it is part of, None at the top."""

    name: str
    ms: float
    within: str | None = None


def model_counts(told: Samples) -> dict[str, ModelCounts]:
    """What Triton counted of each model during a run."""
    found = {}
    for spec in (PREPARE, SIGLIP2, OCR, OCR_DET, OCR_REC, MATCH):
        requests = told.total("nv_inference_request_success", model=spec.name)
        if not requests:
            continue
        items = told.total("nv_inference_count", model=spec.name)
        runs = told.total("nv_inference_exec_count", model=spec.name)

        def each_ms(what: str, name: str = spec.name, requests: float = requests) -> float:
            return told.total(f"nv_inference_{what}_duration_us", model=name) / requests / 1000

        found[spec.name] = ModelCounts(
            int(requests),
            items / max(runs, 1),
            each_ms("queue"),
            each_ms("compute_infer"),
            each_ms("request"),
        )
    return found


def request_split(told: Samples, latency_ms: float) -> list[Part]:
    """Milliseconds of a request that had the server to itself, along its longest path.

    The top lines add up to `latency_ms`, as the client measured it: prepare, the longer of the two
    branches, match, and what is left for the client, gRPC and the ensemble. Lines within a line
    add up to it, too.
    """
    counts, requests = (
        model_counts(told),
        told.total("nv_inference_request_success", model=CLASSIFY.name),
    )
    branch = max((SIGLIP2.name, OCR.name), key=lambda name: _total(counts, name))
    parts: list[Part] = []
    for name in (PREPARE.name, branch, MATCH.name):
        whole = _total(counts, name)
        inner = [
            Part(stage, _stage_ms(told, stage, requests), name) for stage in _STAGES.get(name, ())
        ]
        rest = whole - sum(part.ms for part in inner)
        parts += [Part(name, whole), *inner, Part("queue, tensors, the rest", rest, name)]
    known = sum(part.ms for part in parts if part.within is None)
    return [*parts, Part("client, gRPC, ensemble", latency_ms - known)]


def cpu_split(
    before: Usage, after: Usage, client_s: float, wall_s: float, cores: int, images: int
) -> dict[str, float]:
    """CPU milliseconds an image by process, of others and idle: all that the cores had to give."""
    used = {name: s for name, s in after.cpu_since(before).items() if s > 0}
    used["client"] = client_s
    used[OTHERS] = max(0.0, after.machine_s - before.machine_s - sum(used.values()))
    used[IDLE] = cores * wall_s - sum(used.values())
    return {name: 1000 * s / images for name, s in used.items()}


def _total(counts: Mapping[str, ModelCounts], name: str) -> float:
    return counts[name].total_ms if name in counts else 0.0


def _stage_ms(told: Samples, stage: str, requests: float) -> float:
    seconds = told.total("vislex_stage_duration_seconds_sum", stage=stage)
    return 1000 * seconds / max(requests, 1)

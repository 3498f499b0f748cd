"""The served models' custom metrics at Triton's own metrics endpoint.

Imported only by the `model.py` adapters, inside the server. One update takes about 0.05 ms (a round
trip to the server's process), so nothing here is told per line or per crop.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import triton_python_backend_utils as pb

from vislex.contract.spec import ModelSpec
from vislex.timing import listening
from vislex.triton.requests import note


@dataclass(frozen=True)
class Family:
    """Metrics of one name with different labels. Counters end in `_total`, as in Prometheus."""

    name: str
    description: str
    buckets: tuple[float, ...] = ()  # upper bounds, of a histogram


_STAGE = Family(
    "vislex_stage_duration_seconds",
    "Seconds of one run of a stage; after decoding, one run may serve a whole batch",
    # From a small PNG to a batch of dense screens.
    (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
_BATCH = Family(
    "vislex_batch_size",
    "Requests that one execution of a Python model answered",
    (1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
)
_VERSION = Family("vislex_gallery_version", "Number of the live version of a gallery")
_SWAPS = Family(
    "vislex_gallery_swaps_total",
    "Versions of a gallery that went live in this server, the first one included",
)
_REFUSED = Family(
    "vislex_gallery_refused_total",
    "Versions of a gallery that were refused, at the start or while another served on",
)


@cache
def metric(family: Family, **labels: str) -> Any:
    """The family's metric with these labels, made when it is first asked for.

    Instances of a model, and models, that name the same one share it.
    """
    if family.buckets:
        return _registered(family).Metric(labels=labels, buckets=list(family.buckets))
    return _registered(family).Metric(labels=labels)


@contextmanager
def measured(model: ModelSpec, requests: Sequence[Any]) -> Iterator[None]:
    """Counts an execution over `requests` and times the stages that run inside.

    The times, those of the whole batch, go into each request's line of the log, too.
    """
    times: defaultdict[str, float] = defaultdict(float)

    def heard(stage: str, seconds: float) -> None:
        metric(_STAGE, stage=stage).observe(seconds)
        times[f"{stage}_ms"] += seconds * 1000

    metric(_BATCH, model=model.name).observe(len(requests))
    with listening(heard):
        yield
    rounded = {stage: round(ms, 1) for stage, ms in times.items()}
    for request in requests:
        note(request, model, **rounded)


def gallery_swapped(gallery: str, version: str) -> None:
    """Notes the version, such as v000007, that is live now."""
    metric(_VERSION, gallery=gallery).set(int(version[1:]))
    metric(_SWAPS, gallery=gallery).increment(1)
    metric(_REFUSED, gallery=gallery).increment(0)  # so that it is there before the first


def gallery_refused(gallery: str) -> None:
    """Counts a version that was refused."""
    metric(_REFUSED, gallery=gallery).increment(1)


@cache
def _registered(family: Family) -> Any:
    kinds = pb.MetricFamily
    # Looked up here, not above: Triton adds these names to its module after ours are imported.
    kind = kinds.COUNTER if family.name.endswith("_total") else kinds.GAUGE
    if family.buckets:
        kind = kinds.HISTOGRAM
    return kinds(name=family.name, description=family.description, kind=kind)

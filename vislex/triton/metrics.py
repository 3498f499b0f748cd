"""What the served models tell Triton's own metrics endpoint, as custom metric families.

Imported only by the `model.py` adapters, inside the server. One update takes about 0.05 ms (a round
trip to the server's process), so nothing here is told per line or per crop.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import triton_python_backend_utils as pb

from vislex.contract import ModelSpec
from vislex.screens.classify import Classification
from vislex.timing import Stage, listening
from vislex.triton.requests import note

_STAGE = "vislex_stage_duration_seconds"
_BATCH = "vislex_batch_size"
_DECISIONS = "vislex_decisions_total"
_VERSION = "vislex_gallery_version"
_SWAPS = "vislex_gallery_swaps_total"
_REFUSED = "vislex_gallery_refused_total"

# What each family says. Counters end in `_total`, as Prometheus has it.
_DESCRIPTIONS = {
    _STAGE: "Seconds of one run of a stage; after decoding, one run may serve a whole batch",
    _BATCH: "Requests that one execution of a Python model answered",
    _DECISIONS: "Answers, by gallery, nearest label, decision and what decided it",
    _VERSION: "Number of the live version of a gallery",
    _SWAPS: "Versions of a gallery that went live in this server, the first one included",
    _REFUSED: "Versions of a gallery that were refused, at the start or while another served on",
}
# Upper bounds of a histogram's buckets: from a small PNG to a batch of dense screens; batches.
_BUCKETS = {
    _STAGE: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0],
    _BATCH: [1.0, 2.0, 4.0, 8.0, 16.0, 32.0],
}


@cache
def metric(family: str, **labels: str) -> Any:
    """The family's metric with these labels, made when it is first asked for.

    Instances of a model, and models, that name the same one share it.
    """
    if family in _BUCKETS:
        return _family(family).Metric(labels=labels, buckets=_BUCKETS[family])
    return _family(family).Metric(labels=labels)


@contextmanager
def measured(model: ModelSpec, requests: Sequence[Any]) -> Iterator[None]:
    """Counts an execution over `requests` and times the stages that run inside.

    The times, those of the whole batch, go into each request's line of the log, too.
    """
    times: defaultdict[str, float] = defaultdict(float)

    def heard(stage: Stage, seconds: float) -> None:
        metric(_STAGE, stage=stage).observe(seconds)
        times[f"{stage}_ms"] += seconds * 1000

    metric(_BATCH, model=model.name).observe(len(requests))
    with listening(heard):
        yield
    rounded = {stage: round(ms, 1) for stage, ms in times.items()}
    for request in requests:
        note(request, model, **rounded)


def count_decisions(answers: Sequence[Classification], gallery: str) -> None:
    """Counts answers from the gallery of that name."""
    for one in answers:
        labels = {"gallery": gallery, "label": one.label, "decision": one.decision}
        metric(_DECISIONS, **labels, reason=one.cause).increment(1)


def gallery_swapped(gallery: str, version: str) -> None:
    """Notes the version, such as v000007, that is live now."""
    metric(_VERSION, gallery=gallery).set(int(version[1:]))
    metric(_SWAPS, gallery=gallery).increment(1)
    metric(_REFUSED, gallery=gallery).increment(0)  # so that it is there before the first


def gallery_refused(gallery: str) -> None:
    """Counts a version that was refused."""
    metric(_REFUSED, gallery=gallery).increment(1)


@cache
def _family(name: str) -> Any:
    kinds = pb.MetricFamily
    # Looked up here, not above: Triton adds these names to its module after ours are imported.
    kind = kinds.COUNTER if name.endswith("_total") else kinds.GAUGE
    if name in _BUCKETS:
        kind = kinds.HISTOGRAM
    return kinds(name=name, description=_DESCRIPTIONS[name], kind=kind)

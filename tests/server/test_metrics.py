"""What the server's metrics endpoint tells after known requests."""

import time
from collections.abc import Iterator

import pytest
from vislex_client import Client, InvalidImage

from loadtest.scrape import Samples, scrape
from tests.conftest import Served
from tests.images import BAD, SAMPLES

KNOWN, OTHER = "ayh_amount/00.webp", "other/21_like_zsyh_setting.webp"
STAGES = ("decode", "patches", "canvas", "detect", "crop", "recognize", "search", "decide")


@pytest.fixture(scope="module")
def told(served: Served) -> Iterator[Samples]:
    """What metrics grew by over five requests: three to read, one not to read, one broken."""
    before = scrape(served.server.metrics_url)
    with Client(served.server.grpc_url) as client:
        screens = [(SAMPLES / "queries" / name).read_bytes() for name in (KNOWN, KNOWN, OTHER)]
        for answer in client.classify_many(screens, concurrency=3):
            assert not isinstance(answer, Exception)
        client.classify(screens[0], read=False)
        with pytest.raises(InvalidImage):
            client.classify(BAD["not_an_image"][0]())
    yield _counted(served, before)


def _counted(served: Served, before: Samples) -> Samples:
    """What grew, once all of it has: Triton answers first, then counts."""
    until = time.monotonic() + 120
    while True:
        grown = scrape(served.server.metrics_url).since(before)
        if grown.total("nv_inference_request_success", model="classify") == 4:
            return grown
        assert time.monotonic() < until, "the four answers were never counted"
        time.sleep(0.1)


def test_decisions_are_counted_by_label_decision_and_reason(told: Samples) -> None:
    name = "vislex_decisions_total"
    assert told.total(name) == told.total(name, gallery="default") == 4
    assert told.total(name, label="ayh_amount", decision="known", reason="words") == 2
    # The one that was not read; without its text, another label may look as near.
    assert told.total(name, reason="image") + told.total(name, reason="ambiguous") == 1


@pytest.mark.parametrize("model", ["prepare", "ocr", "match"])
def test_batches_add_up_to_what_triton_counts(told: Samples, model: str) -> None:
    """Every request is in a batch, and there are as many batches as executions."""
    requests = {"prepare": 5, "ocr": 4, "match": 4}[model]
    assert told.total("vislex_batch_size_sum", model=model) == requests
    executions = told.total("nv_inference_exec_count", model=model)
    assert told.total("vislex_batch_size_count", model=model) == executions


def test_every_stage_is_timed(told: Samples) -> None:
    def runs(stage: str) -> float:
        return told.total("vislex_stage_duration_seconds_count", stage=stage)

    assert runs("decode") == 5  # the broken image, too
    assert runs("patches") == runs("canvas") == runs("decide") == 4
    assert runs("crop") == 3
    assert 1 <= runs("search") <= 4  # once a batch
    for stage in STAGES:
        seconds = told.total("vislex_stage_duration_seconds_sum", stage=stage)
        assert 0 < seconds < 1000  # a duration on any machine, and no reading of a clock
        assert told.total("vislex_stage_duration_seconds_bucket", stage=stage, le="+Inf") == runs(
            stage
        )

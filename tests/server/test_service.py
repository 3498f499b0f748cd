"""The whole of `serve`: the gateway before a supervised server, as its clients see it."""

import hashlib
import json
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from PIL import Image
from vislex_client import Client, InvalidRequest

from tests.collector import Collector
from tests.service import (
    CANARY,
    IN_FLIGHT,
    RESTARTS,
    SCREEN,
    child_of,
    http,
    infer,
    scrape,
    wait_for,
    wait_until_gone,
)
from vislex.gateway import wire
from vislex.serving.background import RunningService, run_service


def test_it_answers_and_tells_the_truth(service: RunningService) -> None:
    with Client(service.grpc_url, timeout_s=300) as client:
        assert client.classify(SCREEN).label == "ayh_amount"
        health = client.health()
        assert (health.live, health.ready, health.model_ready) == (True, True, True)
    for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/classify/ready"):
        assert http(service, path) == 200
    for path in ("/v2/models/classify/infer", "/v2/repository/index", "/v2/logging",
                 "/v2/systemsharedmemory/status", "/metrics", "/v2/models/ocr/ready"):  # fmt: skip
        assert http(service, path) == 404
    samples = scrape(service)
    assert samples["vislex_ready"] == 1
    assert samples['vislex_requests_total{code="OK"}'] >= 1
    assert samples['nv_inference_request_success{model="classify",version="1"}'] >= 2  # + canary


def logged(service: RunningService, request_id: str) -> tuple[dict[str, Any], str]:
    """The one line of a request, and the whole log; it is written after the answer is sent."""
    end = time.monotonic() + 120
    while True:
        text = service.log.read_text()
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        found = [line for line in lines if line.get("id") == request_id]
        if found or time.monotonic() > end:
            (line,) = found
            return line, text
        time.sleep(0.05)


def test_a_request_is_one_line_of_the_log_without_its_content(service: RunningService) -> None:
    secret = b"\x89PNG not an image but private"
    with Client(service.grpc_url, timeout_s=300) as client, pytest.raises(InvalidRequest):
        client.classify(secret, request_id="logged 1")
    line, text = logged(service, "logged 1")
    assert (line["event"], line["model"], line["code"]) == (
        "request",
        "classify",
        "INVALID_ARGUMENT",
    )
    assert line["request_bytes"] > len(secret)
    assert line["milliseconds"] > 0
    assert "private" not in text


def test_an_answer_is_one_line_with_its_decision_and_times(service: RunningService) -> None:
    with Client(service.grpc_url, timeout_s=300) as client:
        answer = client.classify(SCREEN, request_id="logged 2")
    line, text = logged(service, "logged 2")
    data = SCREEN.read_bytes()
    assert line["code"] == "OK"
    assert line["image_bytes"] == len(data)
    assert line["image_sha256"] == hashlib.sha256(data).hexdigest()[:16]
    assert line["image_px"] == list(Image.open(SCREEN).size)
    assert (line["label"], line["decision"]) == (answer.label, answer.decision)
    assert (line["gallery"], line["gallery_version"]) == ("default", answer.gallery_version)
    for stage in ("decode", "patches", "canvas", "detect", "crop", "recognize", "search", "decide"):
        assert 0 < line[f"{stage}_ms"] < line["milliseconds"]
    # The longest: the first is the clock of the status bar, as a time of the log may be.
    assert max((one.text for one in answer.lines), key=len) not in text


def test_a_trace_goes_through_every_stage(service: RunningService, collector: Collector) -> None:
    """The caller's own trace, with a span for each model, those within `ocr` as its children.

    Triton's exporter drops spans that a collector on a busy machine is slow to take, so another
    call is traced where one does not arrive whole.
    """
    parent = "b7ad6b7169203331"
    parents = {
        "classify": "InferRequest", "prepare": "classify", "siglip2": "classify",
        "ocr": "classify", "match": "classify", "ocr_det": "ocr", "ocr_rec": "ocr",
    }  # fmt: skip
    wanted = {"InferRequest", *parents}
    traces = [f"0af7651916cd43dd8448eb211c8031{number:02x}" for number in range(8)]
    spans: dict[str, Any] = {}
    for trace in traces:
        header = (("traceparent", f"00-{trace}-{parent}-01"),)
        with grpc.insecure_channel(service.grpc_url) as channel:
            infer(channel)(CANARY, metadata=header, timeout=3000)
        with suppress(AssertionError):  # they are sent in no order
            wait_for(lambda trace=trace: wanted <= collector.spans(trace).keys(), 60.0)  # type: ignore[misc]
        spans = collector.spans(trace)
        if wanted <= spans.keys():
            break
    assert spans["InferRequest"]["parentSpanId"] == parent
    for child, of in parents.items():
        assert spans[child]["parentSpanId"] == spans[of]["spanId"], child


def test_an_oversized_request_is_refused_with_the_limit(service: RunningService) -> None:
    with grpc.insecure_channel(service.grpc_url) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            infer(channel)(bytes(22_000_000), timeout=300)
        assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "larger than max (22000000 vs. 21048576)" in caught.value.details()
        infer(channel)(CANARY, timeout=3000)


def test_work_nobody_waits_for_is_skipped(service: RunningService) -> None:
    """Calls that expire in the first stages are never looked up in the gallery."""
    looked_up = 'vislex_stage_duration_seconds_count{stage="search"}'
    before, began = scrape(service), time.monotonic()
    with grpc.insecure_channel(service.grpc_url) as channel:
        for _ in range(6):
            calls = [infer(channel).future(CANARY, timeout=0.02) for _ in range(4)]
            codes = {call.exception().code() for call in calls}
            assert codes == {grpc.StatusCode.DEADLINE_EXCEEDED}
            wait_for(lambda: scrape(service)[IN_FLIGHT] == 0)
    canaries = (time.monotonic() - began) / 3 + 1  # one in 3 s is looked up as it should
    assert scrape(service)[looked_up] - before[looked_up] <= canaries
    assert scrape(service)[RESTARTS] == before[RESTARTS]


def test_sigterm_drains(repository: Path, gallery_root: Path, tmp_path: Path) -> None:
    """Readiness goes first, the calls inside are answered, the exit status is 0."""
    flags = ("--grace-seconds", "3")
    screen = wire.image_request("classify", "IMAGE", SCREEN.read_bytes())
    with (
        run_service(repository, {"default": gallery_root}, tmp_path, flags=flags) as running,
        grpc.insecure_channel(running.grpc_url) as channel,
    ):
        group = child_of(running.process.pid)
        inside = [infer(channel).future(screen) for _ in range(4)]
        wait_for(lambda: scrape(running)[IN_FLIGHT] > 0)
        running.process.send_signal(signal.SIGTERM)
        wait_for(lambda: http(running, "/v2/health/ready") == 503)
        assert all(len(call.result(timeout=300)) > 0 for call in inside)
        assert running.process.wait(300) == 0
        assert wait_until_gone(group) == []
    assert list(Path("/dev/shm").glob(f"vislex-{running.process.pid}-*")) == []

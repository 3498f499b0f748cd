"""Splits of a request's time add up; processes are named by what they do."""

import os

import pytest

from loadtest.machine import Usage, role_of, usage_of
from loadtest.scrape import parse
from loadtest.split import IDLE, OTHERS, cpu_split, model_counts, request_split

# Two requests, 500 ms each as their client saw them. Counters are microseconds over both.
PAGE = """
nv_inference_request_success{model="classify"} 2
nv_inference_request_success{model="prepare"} 2
nv_inference_request_duration_us{model="prepare"} 60000
nv_inference_queue_duration_us{model="prepare"} 2000
nv_inference_compute_infer_duration_us{model="prepare"} 50000
nv_inference_count{model="prepare"} 2
nv_inference_exec_count{model="prepare"} 1
nv_inference_request_success{model="siglip2"} 2
nv_inference_request_duration_us{model="siglip2"} 40000
nv_inference_count{model="siglip2"} 2
nv_inference_exec_count{model="siglip2"} 2
nv_inference_request_success{model="ocr"} 2
nv_inference_request_duration_us{model="ocr"} 800000
nv_inference_count{model="ocr"} 2
nv_inference_exec_count{model="ocr"} 2
nv_inference_request_success{model="match"} 2
nv_inference_request_duration_us{model="match"} 20000
nv_inference_count{model="match"} 2
nv_inference_exec_count{model="match"} 2
vislex_stage_duration_seconds_sum{stage="decode"} 0.040
vislex_stage_duration_seconds_sum{stage="recognize"} 0.600
vislex_stage_duration_seconds_sum{stage="decide"} 0.016
"""


def test_what_triton_counts_of_a_model() -> None:
    found = model_counts(parse(PAGE))["prepare"]
    assert (found.requests, found.average_batch) == (2, 2.0)
    assert (found.queue_ms, found.compute_ms, found.total_ms) == (1, 25, 30)
    assert "ocr_rec" not in model_counts(parse(PAGE))  # was never asked


def test_a_split_adds_up_to_what_the_client_saw() -> None:
    """prepare 30, ocr (the longer branch) 400, match 10; the client, gRPC and ensemble have 60."""
    parts = request_split(parse(PAGE), 500.0)
    top = {part.name: part.ms for part in parts if part.within is None}
    assert top == pytest.approx(
        {"prepare": 30, "ocr": 400, "match": 10, "client, gRPC, ensemble": 60}
    )
    for name in ("prepare", "ocr", "match"):
        assert sum(part.ms for part in parts if part.within == name) == pytest.approx(top[name])
    within = {(part.within, part.name): part.ms for part in parts}
    assert within["prepare", "decode"] == pytest.approx(20)
    assert within["ocr", "recognize"] == pytest.approx(300)


def test_cpu_of_an_image_adds_up_to_what_the_cores_gave() -> None:
    """2 cores gave 20 s to 10 images: 5 s ocr, 3 match, 2 client, 4 of 14 busy ones to others."""
    before = Usage({"ocr": 1.0, "match": 0.0}, 0.0, machine_s=100.0)
    after = Usage({"ocr": 6.0, "match": 3.0}, 0.0, machine_s=114.0)
    found = cpu_split(before, after, client_s=2.0, wall_s=10.0, cores=2, images=10)
    assert found == pytest.approx({"ocr": 500, "match": 300, "client": 200, OTHERS: 400, IDLE: 600})


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("/b/tritonserver --model-repository=/r", "tritonserver"),
        ("/usr/bin/python3 -m vislex serve", "launcher"),
        (
            "/b/triton_python_backend_stub /r/ocr/1/model.py shm_0 67 10 9 /b 336 ocr_0_1 DEFAULT",
            "ocr",
        ),
        ("/b/triton_python_backend_stub /r/m.onnx shm_1 67 10 9 /b 336 ocr_rec_0_0 /o", "ocr_rec"),
        ("", "launcher"),
    ],
)
def test_processes_are_named_by_what_they_do(command: str, role: str) -> None:
    assert role_of(command.split()) == role


def test_usage_of_this_process() -> None:
    found = usage_of(os.getpid())
    assert found.cpu_s["launcher"] > 0
    assert found.memory_mb > 10

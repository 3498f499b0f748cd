"""`python -m loadtest.load` against a stand-in server: statistics, thresholds, reports."""

import csv
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from PIL import Image

from tests.unit.client.stand_in import StandIn, answer, fails, image_of, response, served

ROOT = Path(__file__).parents[3]


def behave(request: Any, context: Any) -> Any:
    """Refuses what is not an image, as a server does."""
    try:
        Image.open(io.BytesIO(image_of(request))).load()
    except OSError:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "InvalidImage: not an image file")
    return response(answer(), request)


def run(url: str, out: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtest.load", "--url", url, "--out", str(out)]
    options = ["--duration-seconds", "2", "--peak", "2", *arguments]
    return subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )


def lines(out: Path) -> dict[str, dict[str, str]]:
    with (out / "load_stats.csv").open(newline="") as file:
        return {row["Name"]: row for row in csv.DictReader(file)}


def test_broken_images_are_refused_and_change_nothing(tmp_path: Path) -> None:
    servicer = StandIn()
    servicer.infer = behave
    arrivals = ("--arrivals", "even", "--rate", "15", "--broken", "0.3", "--max-p99-ms", "20000")
    with served(servicer) as url:
        done = run(url, tmp_path, *arrivals)
    assert done.returncode == 0, done.stdout + done.stderr
    found = lines(tmp_path)
    classified = int(found["classify"]["Request Count"])
    refused = int(found["refuse a broken image"]["Request Count"])
    assert classified > 0
    assert refused > 0
    assert found["Aggregated"]["Failure Count"] == "0"
    assert len(servicer.requests) >= classified + refused
    assert "<html" in (tmp_path / "report.html").read_text()[:500].lower()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--min-rate", "100000"), "threshold: .* images/s; at least 100000 was asked for"),
        (("--broken", "1"), "threshold: no image was classified"),
    ],
)
def test_a_threshold_that_is_not_kept_fails_the_run(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    servicer = StandIn()
    servicer.infer = behave
    with served(servicer) as url:
        done = run(url, tmp_path, *arguments)
    assert done.returncode == 1
    assert re.search(words, done.stdout), done.stdout


def test_a_full_server_fails_the_run_unless_it_may_shed(tmp_path: Path) -> None:
    servicer = StandIn()
    servicer.infer = fails(grpc.StatusCode.UNAVAILABLE, "exceeds maximum queue size")
    with served(servicer) as url:
        done = run(url, tmp_path, "--arrivals", "even", "--rate", "5")
    assert done.returncode == 1
    assert "failed: shed" in done.stdout

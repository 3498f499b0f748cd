"""One small pass of the benchmark over the real server: every figure is there and fits the rest."""

import json
from pathlib import Path

import pytest

from loadtest import bench
from tests.images import SAMPLES, top_of


def test_a_short_pass_measures_everything(
    repository: Path, gallery_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, images = tmp_path / "bench.json", tmp_path / "images"
    images.mkdir()
    for number in range(2):
        screen = SAMPLES / "queries" / "ayh_amount" / f"0{number}.webp"
        (images / f"{number}.png").write_bytes(top_of(screen, 4))
    arguments = {
        "--images": images, "--repository": repository, "--gallery": gallery_root, "--out": out,
        "--concurrency": "1,2", "--limit": 2, "--pairs": 1, "--requests": 6, "--lookup": "1000",
        "--approximate": "2000",
    }  # fmt: skip
    assert bench.main([str(part) for pair in arguments.items() for part in pair]) == 0
    found, printed = json.loads(out.read_text()), capsys.readouterr().out
    serving = found["serving"]
    assert set(serving["alone_ms"]) == {"siglip2", "ocr_det", "ocr_rec"}
    assert set(serving["over_grpc_ms"]) == {*serving["alone_ms"], "prepare", "ocr", "match"}
    alone, busy = serving["served"]
    whole = sum(part["ms"] for part in alone["split"] if part["within"] is None)
    assert whole == pytest.approx(alone["latency"]["mean_ms"])
    assert {"ocr", "ocr_rec", "siglip2", "tritonserver", "client"} <= set(busy["cpu_ms_per_image"])
    # 4 of each of 2 clients, and the canaries that the gateway asks for its own sake.
    assert busy["models"]["match"]["requests"] >= 8
    # An image's crops are several calls, none of which the server puts together.
    assert busy["models"]["ocr_rec"]["requests"] > busy["models"]["ocr"]["requests"]
    assert busy["models"]["ocr_rec"]["average_batch"] == 1
    assert found["reading"]["character_error_rate"] < 0.5
    exact, both = found["lookups"]
    assert (exact["vectors"], exact["recall"]) == (1000, None)
    assert (both["vectors"], both["recall"]) == (2000, pytest.approx(1, abs=0.1))
    for goal in found["goals"]:
        assert goal["name"] in printed

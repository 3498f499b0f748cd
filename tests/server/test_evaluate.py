"""`index_builder evaluate` alone and against the server: the same figures."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index_builder.__main__ import main
from tests.conftest import Served
from tests.images import SAMPLES

ROOT = Path(__file__).parents[2]
LABELS = ("ayh_amount", "wld_user_info", "zsyh_setting", "other")
SHARES = (
    "closed_set_accuracy",
    "visual_only_accuracy",
    "text_only_accuracy",
    "other_auroc",
    "oscr",
    "ece",
)


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("queries")
    for label in LABELS:
        (root / label).mkdir()
        for path in sorted((SAMPLES / "queries" / label).iterdir())[:2]:
            shutil.copy(path, root / label)
    (root / "other" / "torn.jpg").write_bytes(b"\xff\xd8\xff torn")
    return root


def evaluate(queries: Path, out: Path, *arguments: str) -> int:
    return main(["evaluate", str(queries), "--report", str(out), *arguments])


def test_alone_and_served_agree(served: Served, queries: Path, tmp_path: Path) -> None:
    gallery = ("--gallery", str(served.gallery_root))
    alone = evaluate(
        queries, tmp_path / "a", *gallery, "--repository", str(served.repository),
        "--leave-class-out",
    )  # fmt: skip
    command = [sys.executable, "-m", "index_builder", "evaluate", str(queries), *gallery]
    command += ["--report", str(tmp_path / "s"), "--url", served.server.grpc_url]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (alone, asked.returncode) == (0, 0), asked.stderr
    found = [json.loads((tmp_path / name / "metrics.json").read_text()) for name in "as"]
    for figures in found:
        assert [one["path"] for one in figures["failed"]] == ["other/torn.jpg"]
    assert {name: found[0][name] for name in SHARES} == pytest.approx(
        {name: found[1][name] for name in SHARES}
    )
    names = [row["name"] for row in found[0]["ablations"]]
    assert names[0] == "visual only"
    assert names[-1] == "the study's method"
    assert found[0]["leave_class_out"]["known"] > 0
    assert found[1]["ablations"] == []  # a server's answers do not hold what they were made from
    with (tmp_path / "s" / "metrics_per_class.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["Class"]: row["Support"] for row in rows if row["Support"] != "0"} == dict.fromkeys(
        LABELS, "2"
    )
    assert "torn.jpg" in (tmp_path / "s" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        (("--url", "127.0.0.1:1"), "127.0.0.1:1", 1),
        (("--alpha", "2"), "alpha is '2'; expected", 2),
        (("--gallery", "none"), "no gallery at none", 1),
    ],
)
def test_what_is_wrong_is_one_line(
    served: Served,
    queries: Path,
    tmp_path: Path,
    change: tuple[str, str],
    words: str,
    code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = {"--gallery": str(served.gallery_root), "--repository": str(served.repository)}
    arguments |= [change]
    flat = [word for pair in arguments.items() for word in pair]
    assert evaluate(queries, tmp_path / "out", *flat) == code
    assert words in capsys.readouterr().err.splitlines()[-1]

"""What `python -m loadtest.ocr` says of texts: error rates, character pairs, and the truth."""

import json
from pathlib import Path

import numpy as np
import pytest

from loadtest.ocr import error_rate, measure, pair_f1, table, truth_of


@pytest.mark.parametrize(
    ("expected", "found", "rate"),
    [
        (["abcd", "efgh"], ["abcd", "efgh"], 0.0),
        (["abcd", "efgh"], ["abxd", "efg"], 2 / 8),  # one replaced, one missing
        (["ab"], ["a\nb"], 1 / 2),  # a line broken in two
        ([""], ["ab"], 2.0),
    ],
)
def test_error_rate_counts_edits_per_expected_character(
    expected: list[str], found: list[str], rate: float
) -> None:
    assert error_rate(expected, found) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("truth", "found", "f1"),
    [
        ("abc\nde", "de\nabc", 1.0),  # pairs ab, bc, de in any order
        ("abc", "ab", 2 / 3),  # 1 hit of 2 wanted, 1 found
        ("额(元) 1", "额（元）1", 1.0),
        ("abc", "<ab c>", 1.0),
        ("abc", "", 0.0),
    ],
)
def test_pair_f1_takes_lines_in_any_order_and_width(truth: str, found: str, f1: float) -> None:
    assert pair_f1([truth], [found]) == pytest.approx(f1)


def test_truth_is_the_manifests_where_it_knows_every_image(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    rows = [{"path": "a/0.png", "text": ["one", "two"]}]
    (tmp_path / "manifest.json").write_text(json.dumps({"images": rows}))
    known, unknown = tmp_path / "a" / "0.png", tmp_path / "a" / "1.png"
    assert truth_of([known], tmp_path / "a") == ["one\ntwo"]
    assert truth_of([known, unknown], tmp_path / "a") is None
    assert truth_of([Path("/nowhere/0.png")], Path("/nowhere")) is None


def test_readers_are_held_to_the_first_and_to_every_rapidocr() -> None:
    image = np.zeros((1, 1, 3), np.uint8)
    readers = {"RapidOCR": lambda _: "abcd", "ours": lambda _: "abxd"}
    rows = measure([image], readers, 3, ["abcd"])
    assert [row.reader for row in rows] == ["RapidOCR", "ours"]
    assert rows[0].speed.value == 1.0
    assert rows[0].cer == {}
    assert rows[1].cer == {"RapidOCR": 0.25}
    assert rows[1].pair_f1 == pytest.approx(1 / 3)  # only ab, of ab bc cd and ab bx xd
    assert "| ours |" in table(rows)

"""Figures against cases counted by hand, and AUROC against its definition, pair by pair."""

import csv
import json
import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from index_builder.evaluation.judged import Judged
from index_builder.evaluation.metrics import summarise
from index_builder.evaluation.per_class import confusions, per_class
from index_builder.evaluation.results import write_json, write_per_class
from index_builder.evaluation.separation import auroc, rejected_at_known_kept
from index_builder.evaluation.variants import Comparison, Variant
from tests.unit.index_builder.outcomes import judged

TEXT = "转账成功"

# By hand: of 4 known, 3 are nearest their own label (a, a, b), 2 are accepted as it, 1 is accepted
# as another, 1 is turned away; of 2 others 1 is turned away. 4 are accepted in all.
RUN = (
    judged("a", "a", confidence=0.9, visual="a", text="a", read=TEXT),
    judged("a", "a", confidence=0.6, decision="other", visual="b", text="a", read=TEXT),
    judged("a", "b", confidence=0.8, visual="b", text="b", read=TEXT),
    judged("b", "b", confidence=0.7, visual="b", text=""),
    judged("other", "a", confidence=0.75, visual="a", text="a", read=TEXT),
    judged("other", "b", confidence=0.3, decision="other", visual="a", text="a", read=TEXT),
    Judged("b/torn.png", "b", None, error="not an image"),
)


def test_summary_of_a_run_counted_by_hand() -> None:
    metrics = summarise(RUN, seconds=2.0)
    assert metrics.closed_set_accuracy == 3 / 4
    assert metrics.visual_only_accuracy == 2 / 4
    assert metrics.text_only_accuracy == 2 / 4
    assert metrics.open_set_accuracy == 3 / 6
    assert metrics.micro_precision == 2 / 4
    assert metrics.micro_recall == 2 / 4
    assert metrics.micro_f1 == 2 / 4
    assert metrics.other_auroc == 6 / 8  # 0.75 loses to 0.9 and 0.8 alone, 0.3 to all four
    assert metrics.other_rejected_at_98_known_kept == 1 / 2  # all 4 known are kept from 0.6 up
    assert metrics.other_fpr95 == 1 / 2
    assert metrics.oscr == 4 / 8  # 0.8 is named wrong; 0.75 loses to 0.9 alone, 0.3 to three
    # Surest first: a right, b wrong, other wrong, b right, a right, other wrong.
    assert metrics.aurc == pytest.approx((0 + 1 / 2 + 2 / 3 + 2 / 4 + 2 / 5 + 3 / 6) / 6)
    # Off by 0.1, 0.8, mean(0.75, 0.7) - 1/2, 0.4 and 0.3, in bins of 1, 1, 2, 1 and 1.
    assert metrics.ece == pytest.approx((0.1 + 0.8 + 2 * 0.225 + 0.4 + 0.3) / 6)
    assert metrics.images_per_s == 3.0
    assert (metrics.queries, metrics.answered_known, metrics.answered_other) == (7, 4, 2)
    assert metrics.gallery_versions == ("v000001",)
    assert [(one.path, one.truth, one.error) for one in metrics.failed] == [
        ("b/torn.png", "b", "not an image")
    ]


def test_micro_figures_differ_where_rejections_and_acceptances_do() -> None:
    run = [
        judged("a", "a"),
        judged("a", "a", decision="other"),
        judged("a", "a", decision="other"),
        judged("other", "a"),
        judged("other", "a", decision="other"),
    ]
    metrics = summarise(run, seconds=1.0)
    assert metrics.micro_precision == 1 / 2
    assert metrics.micro_recall == 1 / 3
    assert metrics.micro_f1 == pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3))


def test_per_class_rows_counted_by_hand() -> None:
    rows = per_class(RUN, labels=["b", "never_asked"])
    assert [(r.label, r.tp, r.fp, r.fn, r.tn, r.support) for r in rows] == [
        ("a", 1, 1, 2, 2, 3),
        ("b", 1, 1, 0, 4, 1),
        ("never_asked", 0, 0, 0, 6, 0),
        ("other", 1, 1, 1, 3, 2),
    ]
    a, _, never_asked, _ = rows
    assert (a.precision, a.recall, a.f1) == (1 / 2, 1 / 3, 2 / 5)
    assert (never_asked.precision, never_asked.recall, never_asked.f1) == (None, None, None)


def test_confusions_are_the_wrong_pairs_most_frequent_first() -> None:
    run = [judged("a", "a"), judged("b", "c"), judged("other", "a"), judged("other", "a")]
    assert confusions([*run, *RUN[1:2]]) == [
        ("other", "a", 2),
        ("a", "other", 1),
        ("b", "c", 1),
    ]


def test_shares_are_every_figure_from_0_to_1() -> None:
    metrics = summarise(RUN, seconds=2.0)
    assert metrics.shares()["closed_set_accuracy"] == 3 / 4
    assert len(metrics.shares()) == 13
    assert all(share is not None and 0 <= share <= 1 for share in metrics.shares().values())


def test_auroc_is_the_share_of_pairs_won_with_ties_half() -> None:
    rng = np.random.default_rng(0)
    for n, m in [(1, 1), (3, 7), (40, 25), (200, 90)]:
        known = (rng.integers(0, 12, n) / 10).tolist()  # few distinct values: many ties
        other = (rng.integers(-2, 9, m) / 10).tolist()
        won = sum(1.0 if k > o else 0.5 if k == o else 0.0 for k, o in product(known, other))
        assert auroc(known, other) == pytest.approx(won / (n * m), abs=1e-12)


def test_auroc_of_separated_tied_and_reversed_scores() -> None:
    assert auroc([0.9, 0.8], [0.1]) == 1.0
    assert auroc([0.5, 0.5], [0.5]) == 0.5
    assert auroc([0.1], [0.8, 0.9]) == 0.0


def test_rejection_keeps_at_least_98_percent_of_the_known() -> None:
    hundred = [score / 100 for score in range(100)]  # 98 of them reach 0.02
    assert rejected_at_known_kept(hundred, [0.0, 0.01, 0.02, 0.5]) == 2 / 4
    ten = [score / 10 for score in range(10)]  # losing one would keep 90 %: all must be kept
    assert rejected_at_known_kept(ten, [-0.1, 0.0]) == 1 / 2
    fifty = [score / 50 for score in range(50)]  # 49 of 50 is 98 % exactly
    assert rejected_at_known_kept(fifty, [0.0, 0.02]) == 1 / 2


def test_rejection_treats_others_that_tie_with_the_threshold_as_kept() -> None:
    assert rejected_at_known_kept([0.5, 0.5, 0.9], [0.5, 0.4]) == 1 / 2


def test_figures_without_a_denominator_are_null_in_json(tmp_path: Path) -> None:
    metrics = summarise([judged("a", "a", visual="a")], seconds=1.0)
    write_json(
        tmp_path / "metrics.json", metrics, Comparison(), {"encoder": "sample", "应用": "支付宝"}
    )
    text = (tmp_path / "metrics.json").read_text(encoding="utf-8")
    assert "支付宝" in text
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert found["closed_set_accuracy"] == 1.0
    assert found["other_auroc"] is None
    assert found["other_rejected_at_98_known_kept"] is None
    assert found["text_only_accuracy"] is None  # nothing was read at all
    assert found["failed"] == []
    assert found["oscr"] is found["other_fpr95"] is found["leave_class_out"] is None
    assert found["ablations"] == found["alpha_sweep"] == found["top_k_sweep"] == []
    assert found["facts"] == {"encoder": "sample", "应用": "支付宝"}


def test_only_other_queries_leave_the_known_figures_undefined() -> None:
    metrics = summarise([judged("other", "a", decision="other")], seconds=1.0)
    assert metrics.closed_set_accuracy is None
    assert metrics.micro_precision is metrics.micro_recall is metrics.micro_f1 is None
    assert metrics.open_set_accuracy == 1.0


def test_csv_has_the_columns_asked_for(tmp_path: Path) -> None:
    write_per_class(tmp_path / "rows.csv", per_class(RUN, labels=["never,asked"]))
    text = (tmp_path / "rows.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "Class,Precision,Recall,F1-Score,Support,TP,FP,FN,TN"
    rows = {row["Class"]: row for row in csv.DictReader(text.splitlines())}
    assert list(rows) == ["a", "b", "never,asked", "other"]
    assert math.isclose(float(rows["a"]["Recall"]), 1 / 3, abs_tol=1e-6)
    assert rows["never,asked"]["F1-Score"] == ""
    assert [rows["a"][name] for name in ("Support", "TP", "FP", "FN", "TN")] == list("31122")


def test_file_names_that_are_not_utf8_are_still_written(tmp_path: Path) -> None:
    torn = Judged("a/\udcff.png", "a", None, error="not an image")
    write_json(tmp_path / "metrics.json", summarise([torn], seconds=1.0), Comparison(), {})
    found = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert found["failed"][0]["path"] == "a/\udcff.png"


def test_variants_are_rows_of_json(tmp_path: Path) -> None:
    row = Variant("fused", 0.6, 5, "both", False, 0.9, None, None, 0.8)
    metrics = summarise([judged("a", "a")], seconds=1.0)
    write_json(tmp_path / "metrics.json", metrics, Comparison((row,)), {})
    (found,) = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["ablations"]
    assert found == {
        "name": "fused",
        "alpha": 0.6,
        "top_k": 5,
        "ranking": "both",
        "decide": False,
        "closed_set_accuracy": 0.9,
        "other_auroc": None,
        "other_rejected_at_98_known_kept": None,
        "open_set_accuracy": 0.8,
    }

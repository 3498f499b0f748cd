"""Curves and areas against their definitions, threshold by threshold, and cases by hand."""

from itertools import pairwise

import numpy as np
import pytest

from index_builder.evaluation.curves import (
    aurc,
    ece,
    open_set_curve,
    reliability,
    risk_coverage,
    roc,
)
from index_builder.evaluation.separation import auroc, fpr95, oscr


def test_roc_of_a_case_by_hand() -> None:
    curve = roc([0.9, 0.5], [0.5, 0.1])
    assert curve is not None
    assert curve.x.tolist() == [0, 0, 0.5, 1]
    assert curve.y.tolist() == [0, 0.5, 1, 1]  # the two at 0.5 are accepted together
    assert roc([0.5], []) is roc([], [0.5]) is None


def test_area_under_roc_is_auroc() -> None:
    rng = np.random.default_rng(1)
    known = (rng.integers(0, 9, 50) / 8).tolist()
    other = (rng.integers(0, 7, 30) / 8).tolist()
    curve = roc(known, other)
    assert curve is not None
    assert np.trapz(curve.y, curve.x) == pytest.approx(auroc(known, other))


def test_oscr_is_the_area_under_ccr_over_fpr_at_every_threshold() -> None:
    rng = np.random.default_rng(2)
    for n, m in [(1, 1), (6, 3), (40, 25)]:
        known = (rng.integers(0, 9, n) / 8).tolist()
        other = (rng.integers(0, 7, m) / 8).tolist()
        named = (rng.random(n) < 0.7).tolist()
        points = [(0.0, 0.0)]
        for t in sorted({*known, *other}, reverse=True):
            right = sum(k >= t and hit for k, hit in zip(known, named, strict=True))
            points.append((sum(o >= t for o in other) / m, right / n))
        area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))
        assert oscr(known, named, other) == pytest.approx(area)
        curve = open_set_curve(known, named, other)
        assert curve is not None
        assert list(zip(curve.x, curve.y, strict=True)) == points


def test_oscr_without_known_other_or_any_name() -> None:
    assert oscr([], [], [0.5]) is None
    assert oscr([0.5], [True], []) is None
    assert oscr([0.9, 0.8], [False, False], [0.1]) == 0.0
    assert oscr([0.9, 0.8], [True, True], [0.1]) == 1.0


def test_fpr95_keeps_at_least_95_percent_of_the_known() -> None:
    twenty = [score / 20 for score in range(20)]  # 19 of them reach 0.05
    assert fpr95(twenty, [0.0, 0.04, 0.05, 0.9]) == 2 / 4
    ten = [score / 10 for score in range(10)]  # losing one would keep 90 %: all are kept
    assert fpr95(ten, [-0.1, 0.0]) == 1 / 2
    assert fpr95([0.5], []) is fpr95([], [0.5]) is None


def test_risk_and_aurc_by_hand() -> None:
    # Accepted one by one: right, wrong, then two of equal confidence, one of them wrong.
    confidence, right = [0.9, 0.8, 0.5, 0.5], [True, False, True, False]
    curve = risk_coverage(confidence, right)
    assert curve is not None
    assert curve.x.tolist() == [1 / 4, 2 / 4, 1]
    assert curve.y.tolist() == [0, 1 / 2, 1 / 2]
    assert aurc(confidence, right) == (0 + 1 / 2 + 1 / 2 + 1 / 2) / 4
    assert aurc(confidence[::-1], right[::-1]) == aurc(confidence, right)
    assert risk_coverage([], []) is None
    assert aurc([], []) is None


def test_aurc_is_the_mean_risk_at_each_query_s_own_confidence() -> None:
    rng = np.random.default_rng(3)
    confidence = (rng.integers(0, 30, 80) / 29).tolist()
    right = (rng.random(80) < 0.6).tolist()
    risks = []
    for own in confidence:
        accepted = [hit for c, hit in zip(confidence, right, strict=True) if c >= own]
        risks.append(accepted.count(False) / len(accepted))
    assert aurc(confidence, right) == pytest.approx(sum(risks) / len(risks))


def test_bins_hold_their_lower_edge_and_the_last_holds_1() -> None:
    bins = reliability([0.0, 0.3, 0.35, 0.99, 1.0], [False, True, False, True, True])
    assert [(b.low, b.high, b.count, b.right) for b in bins] == [
        (0.0, 0.1, 1, 0.0),
        (0.3, 0.4, 2, 0.5),
        (0.9, 1.0, 2, 1.0),
    ]
    assert [b.confidence for b in bins] == pytest.approx([0, 0.325, 0.995])


def test_every_tenth_falls_into_the_bin_it_begins() -> None:
    tenths = [place / 10 for place in range(10)]
    for tenth, found in zip(tenths, reliability(tenths, [True] * 10), strict=True):
        assert found.low == tenth


def test_ece_by_hand() -> None:
    # 2 at 0.95, one of them right: off by 0.45; 2 at 0.25, none right: off by 0.25.
    assert ece([0.95, 0.95, 0.25, 0.25], [True, False, False, False]) == pytest.approx(0.35)
    assert ece([1.0, 0.0], [True, False]) == 0.0
    assert ece([], []) is None


def test_figures_do_not_depend_on_the_order_of_the_queries() -> None:
    rng = np.random.default_rng(4)
    confidence = (rng.integers(0, 8, 40) / 7).tolist()
    right = (rng.random(40) < 0.5).tolist()
    for order in (list(range(40))[::-1], rng.permutation(40).tolist()):
        mixed = [confidence[i] for i in order], [right[i] for i in order]
        assert aurc(*mixed) == pytest.approx(aurc(confidence, right))
        assert ece(*mixed) == pytest.approx(ece(confidence, right))

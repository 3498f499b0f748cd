"""Percentiles, ratios, growth, goals and thresholds, against values worked out by hand."""

import pytest
from vislex_client import InvalidImage, Overloaded, Unavailable

from loadtest.figures import (
    Goal,
    character_errors,
    growth_per_1000,
    latency,
    one_queue,
    ratio,
)
from loadtest.outcomes import CLASSIFY, REFUSED, SHED, Thresholds, Totals, outcome_of


def test_percentiles_interpolate_between_the_nearest_two() -> None:
    found = latency([0.1, 0.2, 0.3, 0.4, 0.5])  # the 95th lies at 0.95 * 4 = 3.8 of 0..4
    assert found.p50_ms == pytest.approx(300)
    assert found.p95_ms == pytest.approx(480)
    assert found.p99_ms == pytest.approx(496)
    assert found.mean_ms == pytest.approx(300)


def test_a_ratio_is_taken_pair_by_pair() -> None:
    """The machine was half as fast in the second pair; the ratio does not notice."""
    found = ratio([1.0, 2.0, 1.0], [2.0, 4.0, 3.0])
    assert (found.value, found.least, found.most, found.pairs) == (2, 2, 3, 3)
    assert found.seconds_b == 3


def test_growth_leaves_warm_up_out() -> None:
    """300 MB come in the first third; then 2 MB every 100 requests."""
    done = [0, 100, 200, 300, 400, 500]
    assert growth_per_1000(done, [100, 400, 402, 404, 406, 408]) == pytest.approx(20)
    assert growth_per_1000(done, [100, 200, 300, 300, 300, 300]) == pytest.approx(0)


@pytest.mark.parametrize(
    ("bound", "goal", "measured", "met"),
    [
        ("at least", 0.9, 0.9, True),
        ("at least", 0.9, 0.89, False),
        ("at most", 2.0, 2.1, False),
        ("at most", 2.0, 1.0, True),
        ("at most", 2.0, None, None),
    ],
)
def test_a_goal_is_met_or_not_or_was_not_measured(
    bound: str, goal: float, measured: float | None, met: bool | None
) -> None:
    assert Goal("x", bound, goal, measured).met is met  # type: ignore[arg-type] # a parameter's str


def test_character_errors_count_edits() -> None:
    assert character_errors("余额 100", "余额 100") == 0
    assert character_errors("余额 100", "余客 10") == 2  # one replaced, one missing
    assert character_errors("", "ab") == 2


def test_character_errors_do_not_count_the_order_of_lines() -> None:
    assert character_errors("余额\n100\n余额", "100\n余额\n余额") == 0
    assert character_errors("余额\n100", "余额") == 3  # a line is missing
    assert character_errors("a\nbc\nd", "d\nbx\na") == 1


KEPT = Totals(requests=100, failures=1, per_s=4.0, p50_ms=250.0, p99_ms=500.0)


def test_thresholds_that_were_kept() -> None:
    assert Thresholds(250, 500, 0.01, 4.0).broken_by(KEPT) == []
    assert Thresholds(failure_share=None).broken_by(KEPT) == []


def test_each_threshold_that_was_not_kept_is_named() -> None:
    broken = Thresholds(200, 400, 0.0, 5.0).broken_by(KEPT)
    assert broken == [
        "p50 is 250 ms; at most 200 ms was asked for",
        "p99 is 500 ms; at most 400 ms was asked for",
        "the share of failures is 0.01; at most 0 was asked for",
        "4 images/s; at least 5 was asked for",
    ]


def test_a_test_without_requests_proves_nothing() -> None:
    assert Thresholds().broken_by(Totals(0, 0, 0.0, 0.0, 0.0)) == ["no image was classified"]


def test_a_broken_image_has_to_be_refused_as_one() -> None:
    refused, down = InvalidImage("not an image"), Unavailable("no server")
    assert outcome_of(True, refused).failure is None
    assert outcome_of(True, down).failure is down
    answered = outcome_of(True, None)
    assert (answered.name, str(answered.failure)) == (REFUSED, "a broken image was answered")
    assert outcome_of(False, None).name == CLASSIFY
    assert outcome_of(False, refused).failure is refused


def test_shedding_is_a_failure_unless_it_was_asked_for() -> None:
    full = Overloaded("full")
    assert outcome_of(False, full).failure is full
    shed = outcome_of(True, full, may_shed=True)
    assert (shed.name, shed.failure) == (SHED, None)


def test_in_one_queue_everyone_waits_for_those_before() -> None:
    assert one_queue([0.0, 1.0, 1.5, 9.0], 2.0) == [2.0, 3.0, 4.5, 2.0]

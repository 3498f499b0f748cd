"""What a calibration is made of, and its way through JSON."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vislex.screens.calibration import Calibration, LinearModel, Scale, confidence_of, uncalibrated

JUDGE = LinearModel((1.0, -2.0), 0.5, 0.25, (0.9, 0.1))


def test_a_scale_is_the_logistic_of_a_line() -> None:
    found = Scale(slope=2.0, offset=-1.0)(np.array([0.5, 1.0], np.float32))
    np.testing.assert_allclose(found, [0.5, 1 / (1 + math.exp(-1))], rtol=1e-6)


def test_a_judge_adds_up_the_evidence() -> None:
    assert JUDGE.logit(np.array([1.0, 0.25])) == 1.0 - 0.5 + 0.5


@pytest.mark.parametrize(("evidence", "kind"), [((0.1, 0.1), 0), ((0.9, 0.9), 1), ((0.5, 0.4), 1)])
def test_what_speaks_most_against_a_label(evidence: tuple[float, float], kind: int) -> None:
    assert JUDGE.against(np.array(evidence)) == kind


@pytest.mark.parametrize(("logit", "confidence"), [(0, 0.5), (-1e6, 0), (1e6, 1), (2, 0.880797)])
def test_confidence_is_the_logistic_and_safe_at_both_ends(logit: float, confidence: float) -> None:
    assert confidence_of(logit) == pytest.approx(confidence, abs=1e-6)


def strict_json(calibration: Calibration) -> str:
    return json.dumps(calibration.to_json(), allow_nan=False)


@pytest.mark.parametrize("shifts", [{}, {"放心借": -1.25, "b": 0.5}])
def test_a_calibration_comes_back_from_json_as_it_was(shifts: dict[str, float]) -> None:
    written = replace(uncalibrated(), shifts=shifts, false_reject_rate=0.05)
    assert Calibration.from_json(json.loads(strict_json(written))) == written


def test_no_calibration_needs_what_json_cannot_hold() -> None:
    assert "Infinity" not in strict_json(uncalibrated())


def damaged(*path: str, value: Any) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(strict_json(uncalibrated()))
    inner = values
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return values


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("with_text", "weights"), [1.0]),
        (("with_text", "typical"), []),
        (("without_text", "bias"), "much"),
        (("without_text", "threshold"), None),
        (("visual",), {"slope": 1.0}),
        (("shifts",), {"a": "b"}),
        (("shifts",), None),
        (("with_text", "threshold"), math.nan),
        (("with_text", "bias"), math.inf),
        (("visual", "slope"), math.nan),
        (("text", "offset"), "0.5"),
        (("shifts",), {"a": math.nan}),
    ],
)
def test_a_damaged_calibration_is_refused(path: tuple[str, ...], value: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Calibration.from_json(damaged(*path, value=value))

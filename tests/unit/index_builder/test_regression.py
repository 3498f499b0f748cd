"""The fits, held to their optimum by finite differences and by a grid."""

import numpy as np
import pytest
from numpy.typing import NDArray

from index_builder.calibration.regression import (
    fit_linear_model,
    fit_logistic,
    fit_scale,
    flat_scale,
)
from vislex.screens.calibration import LinearModel

Matrix = NDArray[np.float64]
PRIOR = (1.0, -2.0)
UNTAUGHT = LinearModel((9.0, 9.0), 9.0, 9.0, (9.0, 9.0))
WIDE = (-1e6, 1e6)


def clouds(seed: int, known: int = 60, other: int = 25) -> tuple[Matrix, Matrix]:
    chance = np.random.default_rng(seed)
    return chance.normal(0.6, 0.5, (known, 2)), chance.normal(-0.2, 0.8, (other, 2))


def loss(known: Matrix, other: Matrix, prior: Matrix, strength: float, at: Matrix) -> float:
    """The mean log loss of both sides alike, and the pull towards the prior."""
    weights, bias = at[:-1], at[-1]
    right = np.log1p(np.exp(-(known @ weights + bias))).mean()
    wrong = np.log1p(np.exp(other @ weights + bias)).mean()
    return float(right + wrong) / 2 + strength / 2 * float(((weights - prior) ** 2).sum())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strength", [0.003, 1.0])
def test_the_fit_is_an_optimum(seed: int, strength: float) -> None:
    known, other = clouds(seed)
    prior = np.array(PRIOR)
    weights, bias = fit_logistic(known, other, prior, strength)
    found = np.append(weights, bias)
    least = loss(known, other, prior, strength, found)
    for axis in np.eye(3):
        ahead = loss(known, other, prior, strength, found + 1e-4 * axis)
        behind = loss(known, other, prior, strength, found - 1e-4 * axis)
        assert (ahead - behind) / 2e-4 == pytest.approx(0, abs=1e-5)
        assert min(ahead, behind) >= least


def test_the_fit_is_the_best_of_a_grid() -> None:
    known, other = clouds(9)
    prior = np.array(PRIOR)
    weights, bias = fit_logistic(known, other, prior, 0.01)
    least = loss(known, other, prior, 0.01, np.append(weights, bias))
    steps = np.linspace(-8, 8, 33)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    assert least <= min(loss(known, other, prior, 0.01, at) for at in grid)


def test_sides_that_never_touch_give_finite_weights() -> None:
    weights, bias = fit_logistic(np.ones((5, 1)), -np.ones((5, 1)), np.zeros(1), 0.003)
    assert np.isfinite([*weights, bias]).all()
    assert 1 < weights[0] < 20


def test_a_strong_pull_leaves_the_prior() -> None:
    known, other = clouds(1)
    weights, _ = fit_logistic(known, other, np.array(PRIOR), 1e6)
    np.testing.assert_allclose(weights, PRIOR, atol=1e-4)


def test_the_sides_count_alike_however_many_they_are() -> None:
    known, other = clouds(2)
    prior = np.array(PRIOR)
    once = fit_logistic(known, other, prior, 0.01)
    often = fit_logistic(np.repeat(known, 9, axis=0), other, prior, 0.01)
    np.testing.assert_allclose(once[0], often[0], atol=1e-6)
    assert once[1] == pytest.approx(often[1], abs=1e-6)


def test_a_scale_is_halfway_where_both_are_as_likely() -> None:
    chance = np.random.default_rng(3)
    same, different = chance.normal(0.9, 0.03, 4000), chance.normal(0.7, 0.03, 4000)
    scale = fit_scale(same, different)
    at = scale(np.array([0.6, 0.8, 1.0], np.float32))
    assert at[1] == pytest.approx(0.5, abs=0.03)
    assert at[0] < 0.3 < 0.7 < at[2]


def test_a_similarity_that_tells_nothing_still_rises() -> None:
    values = np.random.default_rng(4).uniform(0, 1, 200)
    for scale in (fit_scale(values, values), fit_scale(values, values + 0.5), flat_scale(values)):
        assert 0 < scale.slope < 2


@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_similarities_all_the_same_give_a_finite_scale(constant: float) -> None:
    values = np.full(5, constant)
    for scale in (fit_scale(values, values), flat_scale(values)):
        assert np.isfinite(scale(np.array([-1, 0, 1], np.float32))).all()


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.1, 0.5])
def test_the_threshold_refuses_no_more_than_its_share(rate: float) -> None:
    known, other = clouds(5, known=500)
    model = fit_linear_model(list(known), list(other), PRIOR, UNTAUGHT, rate, WIDE)
    refused = [model.logit(one) < model.threshold for one in known]
    assert rate - 1.5 / 500 < np.mean(refused) <= rate


def test_the_threshold_stays_in_its_band() -> None:
    far = [np.array([5.0, -5.0])] * 10, [np.array([-5.0, 5.0])] * 10
    model = fit_linear_model(*far, PRIOR, UNTAUGHT, 0.02, (-1.5, 1.5))
    assert model.threshold == 1.5
    near = [np.array([-5.0, 5.0]), *far[0]], far[1]
    assert fit_linear_model(*near, PRIOR, UNTAUGHT, 0.02, (-1.5, 1.5)).threshold == -1.5


def test_nothing_known_teaches_nothing() -> None:
    assert fit_linear_model([], [np.zeros(2)], PRIOR, UNTAUGHT, 0.02, WIDE) is UNTAUGHT


def test_without_others_the_weights_are_the_prior() -> None:
    model = fit_linear_model([np.array([1.0, 0.0])] * 3, [], PRIOR, UNTAUGHT, 0.02, WIDE)
    assert model.weights == PRIOR
    assert model.logit(np.array([1.0, 0.0])) == pytest.approx(4.0)  # 98 % sure
    assert model.typical == (1.0, 0.0)

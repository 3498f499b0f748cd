"""Logistic regression towards a prior, by Newton's method: a dozen numbers need no library."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vislex.screens.calibration import LinearModel, Scale

_STEPS = 50
_LEAST_SLOPE = (
    0.5  # a similarity never counts against a label: a slope of 0 or less means it says nothing
)
_STRENGTH = 0.003  # pull towards the prior; the log loss it stands against is at most 0.69


def fit_logistic(
    known: NDArray[np.float64],
    other: NDArray[np.float64],
    prior: NDArray[np.float64],
    strength: float,
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias that set `known` (n, k) apart from `other` (m, k); the two count alike.

    Minimises the mean log loss plus `strength / 2 * |weights - prior|^2`; the bias is free.
    """
    rows = np.vstack([known, other])
    inputs = np.hstack([rows, np.ones((len(rows), 1))])
    target = np.concatenate([np.ones(len(known)), np.zeros(len(other))])
    share = np.concatenate(
        [np.full(len(known), 0.5 / len(known)), np.full(len(other), 0.5 / len(other))]
    )
    pull = np.append(np.full(len(prior), strength), 1e-9)
    centre = np.append(prior, 0.0)
    start = -0.5 * float(prior @ (known.mean(axis=0) + other.mean(axis=0)))
    weights = np.append(prior, start)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -60, 60)))
        gradient = inputs.T @ (share * (chance - target)) + pull * (weights - centre)
        bend = (inputs * (share * chance * (1 - chance))[:, None]).T @ inputs + np.diag(pull)
        step = np.linalg.solve(bend, gradient)
        weights = weights - step / max(1.0, float(np.abs(step).max()) / 2)  # never wildly far
        if np.abs(step).max() < 1e-9:
            break
    return weights[:-1], float(weights[-1])


def fit_scale(same: NDArray[np.float64], different: NDArray[np.float64]) -> Scale:
    """The scale of a similarity: 0.5 where a nearest image of the own and of another label are as
    likely; flat (a third of the logistic's slope), so that it does not saturate.
    """
    values = np.concatenate([same, different])
    middle, spread = float(values.mean()), float(values.std()) + 1e-6
    weights, bias = fit_logistic(
        ((same - middle) / spread)[:, None],
        ((different - middle) / spread)[:, None],
        np.zeros(1),
        strength=0.01,
    )
    slope = max(float(weights[0]), _LEAST_SLOPE) / 3
    return Scale(slope / spread, bias / 3 - slope * middle / spread)


def flat_scale(different: NDArray[np.float64]) -> Scale:
    """The scale of a similarity of which only other labels' images are known: it counts little."""
    spread = float(different.std()) + 1e-6
    slope = _LEAST_SLOPE / 3 / spread
    return Scale(slope, -slope * (float(different.mean()) + spread))


def fit_linear_model(
    known: Sequence[NDArray[np.float64]],
    other: Sequence[NDArray[np.float64]],
    prior: Sequence[float],
    untaught: LinearModel,
    false_reject_rate: float,
    band: tuple[float, float],
) -> LinearModel:
    """Weighs the evidence, and sets the threshold: all but `false_reject_rate` of `known` reach it.

    It stays within `band`: images of one phone and one day vary less than queries will, and a few
    odd ones more. Where there is nothing `known` to learn from, the answer is
    `untaught`; where there is no `other`, the weights are `prior`.
    """
    if not known:
        return untaught
    accepted = np.array(known)
    centre = np.array(prior)
    if other:
        weights, bias = fit_logistic(accepted, np.array(other), centre, _STRENGTH)
    else:
        weights, bias = centre, 4.0 - float(np.mean(accepted @ centre))  # typically 98 % sure
    sums = accepted @ weights + bias
    threshold = float(np.clip(np.quantile(sums, false_reject_rate, method="lower"), *band))
    typical = tuple(accepted.mean(axis=0).tolist())
    return LinearModel(tuple(weights.tolist()), bias, threshold, typical)

"""How many users a load test has at each moment."""

import math
from collections.abc import Callable, Mapping
from typing import Literal, get_args

Shape = Literal["steady", "steps", "spike", "soak"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

_STEPS = 5
_SPIKE_BASE = 0.25  # of the peak, before and after it
_SOAK_RAMP = 0.05  # of the whole time

# Share of the peak number of users, by share of the time that has passed (0 <= t < 1).
_SHARES: Mapping[Shape, Callable[[float], float]] = {
    "steady": lambda t: 1.0,
    "steps": lambda t: (math.floor(t * _STEPS) + 1) / _STEPS,
    "spike": lambda t: 1.0 if 1 / 3 <= t < 2 / 3 else _SPIKE_BASE,
    "soak": lambda t: min(1.0, t / _SOAK_RAMP),
}


def users_at(shape: Shape, elapsed_s: float, peak: int, duration_s: float) -> int | None:
    """Users after `elapsed_s` of `duration_s`, 1 to `peak`; None once the time is over.

    >>> [users_at("steps", s, 10, 100) for s in (0, 20, 99, 100)]
    [2, 4, 10, None]
    """
    if elapsed_s >= duration_s:
        return None
    return max(1, round(peak * _SHARES[shape](elapsed_s / duration_s)))

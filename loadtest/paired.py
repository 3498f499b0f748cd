"""Two things measured in turn, A B A B, so that the load of the machine affects both alike."""

import time
from collections.abc import Callable

from loadtest.figures import Ratio, ratio


def in_turn(a: Callable[[], object], b: Callable[[], object], pairs: int) -> Ratio:
    """How many times faster `a` is than `b` at the same work, over that many pairs of runs."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(pairs):
        for run, taken in zip((a, b), seconds, strict=True):
            started = time.perf_counter()
            run()
            taken.append(time.perf_counter() - started)
    return ratio(*seconds)

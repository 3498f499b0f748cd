"""When requests arrive in an open loop: a clock of its own, deaf to how the server does."""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Arrivals:
    """Intended moments, in seconds from the start, `rate` of them a second on average.

    `poisson` draws the gaps (independent users, as real ones are); otherwise they are equal. Equal
    seeds give equal moments.
    """

    rate: float
    poisson: bool = True
    seed: int = 0

    def __iter__(self) -> Iterator[float]:
        draw = random.Random(self.seed)
        moment = 0.0
        while True:
            yield moment
            moment += draw.expovariate(self.rate) if self.poisson else 1 / self.rate

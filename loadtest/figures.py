"""The arithmetic of a benchmark: percentiles, paired ratios, growth, goals."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Bound = Literal["at least", "at most"]


@dataclass(frozen=True)
class Latency:
    """Milliseconds of the requests of one run."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    mean_ms: float


@dataclass(frozen=True)
class Ratio:
    """How many times faster A is than B, from runs taken in turn (A B A B ...).

    The machine's mood reaches both runs of a pair alike, so their ratio is steadier than either.
    """

    value: float  # median over the pairs
    least: float
    most: float
    pairs: int
    seconds_b: float  # of B's runs, median


@dataclass(frozen=True)
class Goal:
    """One goal of the benchmark, and what was found; None where it was not measured."""

    name: str
    bound: Bound
    goal: float
    measured: float | None

    @property
    def met(self) -> bool | None:
        """None where nothing was measured."""
        if self.measured is None:
            return None
        if self.bound == "at least":
            return self.measured >= self.goal
        return self.measured <= self.goal


def latency(seconds: Sequence[float]) -> Latency:
    """Percentiles by linear interpolation between the two nearest; at least one request."""
    p50, p95, p99 = np.percentile(seconds, (50, 95, 99)) * 1000
    return Latency(float(p50), float(p95), float(p99), float(np.mean(seconds)) * 1000)


def ratio(seconds_a: Sequence[float], seconds_b: Sequence[float]) -> Ratio:
    """A's speed over B's, from the seconds of equal work, pair by pair."""
    speeds = np.array(seconds_b, float) / np.array(seconds_a, float)
    return Ratio(
        float(np.median(speeds)),
        float(speeds.min()),
        float(speeds.max()),
        len(speeds),
        float(np.median(seconds_b)),
    )


def growth_per_1000(done: Sequence[int], megabytes: Sequence[float]) -> float:
    """Slope, in MB per 1000 requests, of a least-squares line through memory over requests.

    The first third of the samples is left out as warm-up.
    """
    start = len(done) // 3
    slope, _ = np.polyfit(np.array(done[start:], float), np.array(megabytes[start:], float), 1)
    return float(slope) * 1000


def one_queue(arrivals: Iterable[float], service_s: float) -> list[float]:
    """Seconds from each arrival to its answer, where each takes `service_s`, one after the other.

    No machine that works on one request at a time does better on these arrivals.
    """
    free, taken = 0.0, list[float]()
    for moment in arrivals:
        free = max(free, moment) + service_s
        taken.append(free - moment)
    return taken


def character_errors(reference: str, found: str) -> int:
    """Edits that turn one text into the other: insertions, deletions, replacements.

    Lines that both have count as right wherever they stand: readers differ in reading order.
    """
    from rapidfuzz.distance import Levenshtein

    here, there = reference.split("\n"), found.split("\n")
    same = Counter(here) & Counter(there)
    return int(Levenshtein.distance(_without(here, same), _without(there, same)))


def _without(lines: Sequence[str], same: Counter[str]) -> str:
    left = same.copy()
    kept = []
    for line in lines:
        if left[line]:
            left[line] -= 1
        else:
            kept.append(line)
    return "\n".join(kept)

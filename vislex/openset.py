"""Known or `other`: one threshold on the best score, learned from the gallery itself.

Each gallery image is scored against all the others, as a query would be; the threshold is the
score that all but `FALSE_REJECT_RATE` of them reach. Known images are kept at that rate; it says
nothing of how many unknown ones are turned away.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np

Decision = Literal["known", "other"]
FALSE_REJECT_RATE = 0.02


@dataclass(frozen=True)
class Calibration:
    """The least score at which a query is known: with text, and from the embedding alone."""

    fused: float
    visual: float

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        return cls(fused=float(values["fused"]), visual=float(values["visual"]))

    def to_json(self) -> dict[str, float]:
        return asdict(self)


def threshold_of(scores: Sequence[float]) -> float:
    """The score that all but FALSE_REJECT_RATE of `scores` reach; 0 (all known) for no scores."""
    if not scores:
        return 0.0
    return float(np.quantile(np.asarray(scores), FALSE_REJECT_RATE, method="lower"))


def decide(score: float, read: bool, calibration: Calibration) -> tuple[Decision, str]:
    """The decision on a query whose best candidate has `score`, and the reason in a few words.

    `read` is whether its text was looked at; where it was not, the score is the visual one alone.
    """
    kind = "fused score" if read else "text not read; visual score"
    threshold = calibration.fused if read else calibration.visual
    if score >= threshold:
        return "known", f"{kind} {score:.3f} reaches {threshold:.3f}"
    return "other", f"{kind} {score:.3f} is below {threshold:.3f}"

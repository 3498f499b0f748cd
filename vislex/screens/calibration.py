"""Known or `other`: evidence of several kinds, weighed as the gallery itself taught.

A cosine threshold does not separate look-alikes, so the decision adds up what speaks for and
against the nearest label: visual and textual similarity, how far it stands ahead of the next label,
and the words (`vislex.screens.evidence`). The weights come from the gallery alone: its own images,
left out and asked again, are the known ones; the images of whole labels left out are the others
(`index_builder.calibration.calibrate`). Logistic regression (Platt 1999) turns the sum into a
confidence.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

Decision = Literal["known", "other"]
FALSE_REJECT_RATE = 0.02
NOTHING_REFUSED = -1e6  # a threshold that every sum reaches; JSON has no -Infinity

# What each kind of evidence is called, in the order of the weights.
WITH_TEXT = ("visual", "text", "margin", "held", "foreign", "new", "replaced", "strongest")
WITHOUT_TEXT = ("visual", "margin")

# What each kind of evidence was worth on generated screens of two styles (docs/recognition.md):
# where a small gallery starts from, and what a large one moves away from.
PRIOR_WITH_TEXT = (1.0, 3.0, 3.0, 2.0, -6.0, -8.0, -12.0, -3.0)
PRIOR_WITHOUT_TEXT = (6.0, 6.0)
# The same where every label has one image: what it never showed says little yet.
LONE_WITH_TEXT = (1.0, 2.5, 3.0, 3.0, -2.0, -3.0, -6.0, -4.0)

# The threshold stays between odds of four to one against and for a label, whatever the rate is.
THRESHOLDS_WITH_TEXT = (-1.4, 1.4)
ANY_THRESHOLD = (NOTHING_REFUSED, -NOTHING_REFUSED)  # images alone say too little to limit it


@dataclass(frozen=True)
class Scale:
    """Maps a similarity to 0..1: 0.5 where one label's own images and another's are as likely."""

    slope: float
    offset: float

    def __call__(self, similarity: NDArray[np.float32]) -> NDArray[np.float32]:
        logit = np.clip(self.slope * similarity + self.offset, -60, 60)
        return np.asarray(1 / (1 + np.exp(-logit)), np.float32)


@dataclass(frozen=True)
class LinearModel:
    """Weights of the kinds of evidence, and the least sum at which a query is known."""

    weights: tuple[float, ...]
    bias: float
    threshold: float
    typical: tuple[float, ...]  # evidence of the gallery's own images on average, for the reason

    def logit(self, evidence: NDArray[np.float64]) -> float:
        return float(np.dot(self.weights, evidence) + self.bias)

    def against(self, evidence: NDArray[np.float64]) -> int:
        """Which kind of evidence speaks most against the label, compared with its own images."""
        return int(np.argmin(np.multiply(self.weights, evidence - np.array(self.typical))))


@dataclass(frozen=True)
class Calibration:
    """What was learned from a gallery version: scales, linear models, a shift for each label."""

    visual: Scale
    text: Scale
    with_text: LinearModel
    without_text: LinearModel
    false_reject_rate: float = FALSE_REJECT_RATE
    shifts: Mapping[str, float] = field(default_factory=dict)  # label -> added to the threshold
    # From this confidence on a query is known, where an operator has chosen it; None: the
    # thresholds are what the gallery taught.
    least_confidence: float | None = None

    def chosen(self) -> "Calibration":
        """With both thresholds at the least confidence, where one was chosen."""
        if self.least_confidence is None:
            return self
        threshold = math.log(self.least_confidence / (1 - self.least_confidence))
        return replace(
            self,
            with_text=replace(self.with_text, threshold=threshold),
            without_text=replace(self.without_text, threshold=threshold),
        )

    def linear_model(self, read: bool) -> LinearModel:
        """The one for evidence with words, or without."""
        return self.with_text if read else self.without_text

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError where a field is missing or no finite number."""
        shifts, least = dict(values["shifts"]), values.get("least_confidence")
        return cls(
            _scale(values["visual"]),
            _scale(values["text"]),
            _linear_model(values["with_text"], len(WITH_TEXT)),
            _linear_model(values["without_text"], len(WITHOUT_TEXT)),
            _number(values["false_reject_rate"]),
            {str(label): _number(shift) for label, shift in shifts.items()},
            None if least is None else _number(least),
        )

    def to_json(self) -> dict[str, Any]:
        values = asdict(self)
        if self.least_confidence is None:  # as in galleries of before schema 4
            del values["least_confidence"]
        return values


def uncalibrated() -> Calibration:
    """What a gallery has before it is calibrated, and keeps where each label has one image."""
    with_text = LinearModel(LONE_WITH_TEXT, 0.0, THRESHOLDS_WITH_TEXT[0], (0.5,) * len(WITH_TEXT))
    without_text = LinearModel(PRIOR_WITHOUT_TEXT, 0.0, NOTHING_REFUSED, (0.5,) * len(WITHOUT_TEXT))
    halfway = Scale(slope=4.0, offset=-2.0)
    return Calibration(halfway, halfway, with_text, without_text)


def confidence_of(logit: float) -> float:
    """Logistic function, safe at both ends."""
    return 1 / (1 + math.exp(-min(max(logit, -60.0), 60.0)))


def _scale(values: Any) -> Scale:
    return Scale(_number(values["slope"]), _number(values["offset"]))


def _linear_model(values: Any, count: int) -> LinearModel:
    return LinearModel(
        _numbers(values["weights"], count),
        _number(values["bias"]),
        _number(values["threshold"]),
        _numbers(values["typical"], count),
    )


def _numbers(values: Any, count: int) -> tuple[float, ...]:
    numbers = tuple(_number(value) for value in values)
    if len(numbers) != count:
        raise ValueError(f"{len(numbers)} numbers of evidence; expected {count}")
    return numbers


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not a finite number")
    return float(value)

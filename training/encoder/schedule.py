"""How a training goes: how long, where it stands, and what it looks at when."""

import time
from dataclasses import dataclass

from training.encoder.augment import View

# From which share of the training on, with which view. Layout and colours come first and quickly.
# What is written comes slowly, and fastest where a view holds little else: the title bar. At the
# end all patches are seen, since that is what the encoder is served with.
STAGES = (
    (0.0, View(160, 256, 88)),
    (0.3, View(208, 256, 44, top=4)),
    (0.75, View(208, 256, 96)),
    (0.93, View(248, 256, 224)),
)


@dataclass(frozen=True)
class Plan:
    """What is taught, and for how long: `minutes`, or `steps` where given."""

    seed: int
    minutes: float
    steps: int | None  # unlike minutes, the same on every machine
    families: int
    threads: int
    resume: float | None = None  # progress at which to go on from the checkpoint found


@dataclass
class Course:
    """Where a training stands."""

    plan: Plan
    begun: float  # as told by time.monotonic()
    already: float = 0.0  # progress made before
    step: int = 0

    @property
    def progress(self) -> float:
        """0 at the beginning; the training ends at 1."""
        if self.plan.steps:
            share = self.step / self.plan.steps
        else:
            share = (time.monotonic() - self.begun) / max(self.plan.minutes * 60, 1e-9)
        return self.already + (1.0 - self.already) * share

    @property
    def view(self) -> View:
        return [view for start, view in STAGES if start <= self.progress][-1]

"""What a reader has to say to whoever gave it something to read."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LeftOut:
    """Something that was not taken: where it stands, and why."""

    name: str  # such as "images.csv line 3, column label", or a path
    reason: str  # what was found and what was expected

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass
class Remarks:
    """Collects while something is read."""

    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

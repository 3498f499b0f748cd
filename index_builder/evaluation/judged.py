"""One query of an evaluation with the answer to it; nothing here runs a model.

The protocols name what an evaluation reads of an answer, so that the core's own classification and
the one a client gets from a server serve alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vislex.errors import ServerError

# OTHER is the truth of a query, and the decision about one, that no known class fits.
from vislex.gallery.labels import OTHER as OTHER
from vislex.images.observe import Observed

_TOLD_WHY = 5  # unanswered images whose reason is shown: it is mostly the same


class Candidate(Protocol):
    """One gallery image an answer was chosen from."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def visual(self) -> float: ...
    @property
    def text(self) -> float: ...
    @property
    def fused(self) -> float: ...


class Line(Protocol):
    """One line of text read from the query."""

    @property
    def text(self) -> str: ...
    @property
    def score(self) -> float: ...
    @property
    def quad(self) -> object: ...


class Outcome(Protocol):
    """An answer: `label` is the nearest known one, whatever the decision; candidates best first."""

    @property
    def label(self) -> str: ...
    @property
    def score(self) -> float: ...
    @property
    def confidence(self) -> float: ...  # 0..1, that the query shows `label`
    @property
    def decision(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def candidates(self) -> Sequence[Candidate]: ...
    @property
    def lines(self) -> Sequence[Line]: ...
    @property
    def gallery_version(self) -> str: ...


@dataclass(frozen=True)
class Answer:
    """The answer to one image.

    `visual_label` and `text_label` are what either half alone would have said; '' where it had
    nothing to say. `observed` is None where the models ran elsewhere.
    """

    outcome: Outcome
    visual_label: str = ""
    text_label: str = ""
    observed: Observed | None = None


@dataclass(frozen=True)
class Judged:
    """One query, its truth and its answer, or `error` where it could not be answered.

    `path` is relative to the folder of queries, with forward slashes; the rest as in `Answer`, with
    `visual_label` None where that question alone got no answer. `unanswered` tells a query that the
    server did not answer from one whose image is at fault.
    """

    path: str
    truth: str  # a label, or OTHER
    outcome: Outcome | None
    visual_label: str | None = ""
    text_label: str = ""
    error: str = ""
    observed: Observed | None = None
    unanswered: bool = False

    @property
    def label(self) -> str:
        """The nearest known label with the decision ignored; '' where there is no answer."""
        return "" if self.outcome is None else self.outcome.label

    @property
    def answer(self) -> str:
        """The label, or OTHER where the decision is so; '' where there is no answer."""
        if self.outcome is not None and self.outcome.decision == OTHER:
            return OTHER
        return self.label

    @property
    def best(self) -> Candidate | None:
        return self.outcome.candidates[0] if self.outcome and self.outcome.candidates else None

    @property
    def named(self) -> bool:
        """Whether the nearest known label is the truth, the decision ignored."""
        return self.outcome is not None and self.label == self.truth

    @property
    def right(self) -> bool:
        return self.outcome is not None and self.answer == self.truth


def require_answers(judged: Sequence[Judged], server: str) -> None:
    """Raises ServerError, which names `server`, where it left queries without an answer."""
    lost = [query for query in judged if query.unanswered]
    if lost:
        told = [f"{query.path}: {query.error}" for query in lost[:_TOLD_WHY]]
        listed = "\n  ".join([*told, *(query.path for query in lost[_TOLD_WHY:])])
        raise ServerError(
            f"{server} did not answer {len(lost)} of {len(judged)} images; "
            "the figures are those of the others. Try again when the server works:\n  "
            f"{listed}"
        )

"""What an answer or an error means for a load test, and the thresholds of a whole test."""

from dataclasses import dataclass

from vislex_client import InvalidImage, Overloaded, VislexError

CLASSIFY, REFUSED, SHED = "classify", "refuse a broken image", "shed"


@dataclass(frozen=True)
class Outcome:
    """The line of the statistics that a request belongs to, and why it failed, if it did."""

    name: str
    failure: Exception | None


@dataclass(frozen=True)
class Totals:
    """A test's whole `classify` line."""

    requests: int
    failures: int
    per_s: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Thresholds:
    """The thresholds of a test; None sets none."""

    p50_ms: float | None = None
    p99_ms: float | None = None
    failure_share: float | None = 0.0
    per_s: float | None = None

    def broken_by(self, found: Totals) -> list[str]:
        """Each threshold that was not kept, in words; a test without a request keeps none."""
        if not found.requests:
            return ["no image was classified"]
        share = found.failures / found.requests
        most = (
            ("p50", found.p50_ms, self.p50_ms, " ms"),
            ("p99", found.p99_ms, self.p99_ms, " ms"),
            ("the share of failures", share, self.failure_share, ""),
        )
        words = [
            f"{name} is {value:.4g}{unit}; at most {limit:g}{unit} was asked for"
            for name, value, limit, unit in most
            if limit is not None and value > limit
        ]
        if self.per_s is not None and found.per_s < self.per_s:
            words.append(f"{found.per_s:.4g} images/s; at least {self.per_s:g} was asked for")
        return words


def outcome_of(broken: bool, error: VislexError | None, *, may_shed: bool = False) -> Outcome:
    """A broken image has to be refused, any other one answered.

    What a full server turned away at once is told apart; it is a failure unless `may_shed`.
    """
    if isinstance(error, Overloaded):
        return Outcome(SHED, None if may_shed else error)
    if broken:
        refused = isinstance(error, InvalidImage)
        wrong = error or AssertionError("a broken image was answered")
        return Outcome(REFUSED, None if refused else wrong)
    return Outcome(CLASSIFY, error)

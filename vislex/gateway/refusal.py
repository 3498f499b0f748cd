"""Why a call is refused, as the caller sees it: a gRPC code, a sentence, and when to try again."""

import re
from dataclasses import dataclass

import grpc

# What Triton puts before the words of a model inside an ensemble: for each ensemble around it.
_ENSEMBLE = re.compile(r"(?:in ensemble '[^']*', )+")
_QUOTED = 60  # characters of a caller's own words in an error


@dataclass(eq=False)  # not frozen: Python writes the traceback of an exception into it
class Refusal(Exception):
    """Ends a call. The sentence begins with its kind, so that a client can tell them apart."""

    code: grpc.StatusCode
    details: str
    retry_after_ms: int | None = None

    @property
    def kind(self) -> str:
        """The first word of the sentence: all of it that may be logged, for it can quote input."""
        return self.details.partition(":")[0][:40]

    @property
    def trailers(self) -> tuple[tuple[str, str], ...]:
        if self.retry_after_ms is None:
            return ()
        wait = str(self.retry_after_ms)
        return (("retry-after-ms", wait), ("grpc-retry-pushback-ms", wait))


def unavailable(kind: str, words: str, retry_after_ms: int = 1000) -> Refusal:
    return Refusal(grpc.StatusCode.UNAVAILABLE, f"{kind}: {words}", retry_after_ms)


def invalid(words: str) -> Refusal:
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"InvalidRequest: {words}")


def expired() -> Refusal:
    return Refusal(
        grpc.StatusCode.DEADLINE_EXCEEDED, "DeadlineExceeded: the call was not done in time"
    )


def without_ensemble(details: str) -> str:
    """Triton's words without the ensemble that they came through: they begin with their kind.

    >>> without_ensemble("in ensemble 'classify', InvalidOption: top_k is 900")
    'InvalidOption: top_k is 900'
    """
    match = _ENSEMBLE.match(details)
    return details[match.end() :] if match else details


def quoted(words: str) -> str:
    """A caller's own words in an error: not many, and nothing that does not show."""
    return repr(words if len(words) <= _QUOTED else words[:_QUOTED] + "...")

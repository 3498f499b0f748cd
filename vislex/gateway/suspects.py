"""How calls that were inside when the server died are recognised, and the errors they get."""

from dataclasses import dataclass
from typing import Literal

import grpc

from vislex.gateway.refusal import Refusal, invalid
from vislex.gateway.request import Request

Kind = Literal["image", "form", "caller"]  # of a trait


@dataclass(frozen=True)
class Suspect:
    """A call as the quarantine knows it."""

    request: Request
    caller: bytes  # whatever tells callers apart: a token, a certificate or an address

    def traits(self) -> tuple[tuple[Kind, bytes], ...]:
        return (
            ("image", self.request.content),
            ("form", self.request.form + self.caller),
            ("caller", self.caller),
        )


def refusal_of(kind: Kind, deaths: int, left_s: float, request: Request) -> Refusal:
    died, until = f"the server died {deaths} times with", f"not taken for another {left_s:.0f} s"
    if kind == "image":
        return invalid(f"{died} this image inside; it is not taken again")
    if kind == "form":
        return invalid(f"{died} such a request of this caller inside; {until}: {_form(request)}")
    words = f"Quarantined: {died} calls of this caller inside; they are {until}"
    return Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, words, round(left_s * 1000))


def _form(request: Request) -> str:
    """What requests of one form have in common, in words."""
    parameters = ", ".join(f"{n} {value!r}" for n, (_, value) in request.parameters.items())
    outputs = ", ".join(output.name for output in request.outputs)
    return f"{request.model} with parameters {parameters or 'none'} and outputs {outputs or 'all'}"

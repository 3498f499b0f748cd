"""Calls that were inside the server when it died: finds the cause, so that it does not die again.

Of the calls that were inside when the server died, at most one is the cause. They are remembered by
their traits: the image, the caller together with the form of the request (all of it but the image),
and the caller. A later call with one of these traits is a suspect. Suspects are let in one at a
time: harmless ones get their answer, and the next death proves which one is the cause.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from vislex.gateway.refusal import Refusal, unavailable
from vislex.gateway.suspects import Kind, Suspect, refusal_of

_REMEMBERED = 3000  # traits
_FIRST_REFUSED_S, _LONGEST_REFUSED_S = 60.0, 600.0  # doubled each time
_MOST_OWED = 256
_MOST_WAITING = 64  # suspects; each holds its request
_FORGIVEN_S = 3600.0  # since the last death with a caller inside

Outcome = Literal["answered", "died", "unknown"]  # unknown: shed, expired, or skipped
# Deaths of the server as the one suspect inside that prove a trait guilty.
_PROOF: dict[Kind, int] = {"image": 1, "form": 1, "caller": 2}


@dataclass(frozen=True)
class Pass:
    """A call that may go in, and whether it does so as the one suspect."""

    suspect: Suspect
    alone: bool


@dataclass
class _Case:
    """The deaths of the server that a trait is suspected of."""

    lives: set[int] = field(default_factory=set)  # of the server, which ended with it inside
    images: set[bytes] = field(default_factory=set)  # that it came with then
    alone: int = 0  # of those lives, ended while it was the one suspect, by an image not yet seen
    owed: int = 0  # answers that it takes until it is no suspect any more
    died_s: float = 0.0  # CLOCK_MONOTONIC of the last one
    refused_s: float = 0.0
    until_s: float = 0.0  # CLOCK_MONOTONIC; refused before that


class Quarantine:
    """All traits under suspicion. They are forgotten when the launcher ends."""

    def __init__(self) -> None:
        self._cases: OrderedDict[tuple[Kind, bytes], _Case] = OrderedDict()
        self._one_suspect = asyncio.Lock()
        self._waiting = 0
        self.blamed_life = 0  # the last life that ended with a call inside
        self.refused = 0  # calls

    async def enter(self, suspect: Suspect) -> Pass:
        """Waits until the call may go in. Every Pass wants a `leave`.

        Raises Refusal where the call has a trait that is proven guilty. Costs nothing while nothing
        has died.
        """
        if not self._suspected(suspect):
            return Pass(suspect, alone=False)
        self._refuse_guilty(suspect)
        if self._waiting >= _MOST_WAITING:
            raise unavailable("Overloaded", "too many calls like one that may end the server wait")
        self._waiting += 1
        try:
            await self._one_suspect.acquire()
        finally:
            self._waiting -= 1
        try:
            self._refuse_guilty(suspect)  # proven meanwhile
        except Refusal:
            self._one_suspect.release()
            raise
        return Pass(suspect, alone=True)

    def leave(self, passed: Pass, outcome: Outcome, life: int) -> None:
        """The call is not inside any more; `life` is that of the server it went to."""
        if outcome == "died":
            self._blame(passed, life)
        elif outcome == "answered" and passed.alone:
            self._clear(passed.suspect)
        if passed.alone:
            self._one_suspect.release()

    def _suspected(self, suspect: Suspect) -> bool:
        if not self._cases:
            return False
        cases = (self._cases.get(trait) for trait in suspect.traits())
        return any(case is not None and case.owed for case in cases)

    def _blame(self, passed: Pass, life: int) -> None:
        self.blamed_life, now_s = max(self.blamed_life, life), time.monotonic()
        image = passed.suspect.request.content
        for trait in passed.suspect.traits():
            kind, case = trait[0], self._cases.pop(trait, _Case())
            if kind == "caller" and now_s - case.died_s > _FORGIVEN_S:
                case = _Case()
            self._cases[trait] = case
            # The same image again speaks against the image, and not against who sends it.
            news = kind == "image" or image not in case.images
            case.images.add(image)
            if life in case.lives:
                continue
            case.alone += passed.alone and bool(case.lives) and news
            case.lives.add(life)
            case.died_s = now_s
            # A caller that sends good and bad in turn has to send more good ones each time.
            case.owed = min(4 ** (len(case.lives) - 1), _MOST_OWED) if kind == "caller" else 1
            if case.alone >= _PROOF[kind]:
                case.refused_s = min(max(2 * case.refused_s, _FIRST_REFUSED_S), _LONGEST_REFUSED_S)
                case.until_s = now_s + case.refused_s
        while len(self._cases) > _REMEMBERED:
            self._cases.popitem(last=False)

    def _clear(self, suspect: Suspect) -> None:
        for trait in suspect.traits():
            case = self._cases.get(trait)
            if case is not None:
                case.owed = max(0, case.owed - 1)
                if trait[0] != "caller":  # of callers the deaths are remembered
                    del self._cases[trait]

    def _refuse_guilty(self, suspect: Suspect) -> None:
        for kind, digest in suspect.traits():
            case = self._cases.get((kind, digest))
            if case is None or case.alone < _PROOF[kind]:
                continue
            left_s = case.until_s - time.monotonic()
            if kind == "image" or left_s > 0:
                self.refused += 1
                raise refusal_of(kind, len(case.lives), left_s, suspect.request)

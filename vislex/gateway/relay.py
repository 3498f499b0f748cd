"""One inference call: admitted, passed to Triton as bytes, shielded from its client's leaving."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import grpc

from vislex.calls import SLOT
from vislex.gateway import wire
from vislex.gateway.accepted import MOST_ID, Accepted, check_request
from vislex.gateway.access_log import Record
from vislex.gateway.admission import Admission, Call
from vislex.gateway.incoming import Headers, given_id_of, receive, trace_of
from vislex.gateway.metrics import GatewayMetrics
from vislex.gateway.quarantine import Outcome, Pass, Quarantine
from vislex.gateway.refusal import Refusal, expired, invalid, unavailable, without_ensemble
from vislex.gateway.request import Request, read_request
from vislex.gateway.state import State
from vislex.gateway.suspects import Suspect
from vislex.gateway.upstream import connection_lost, forward, never_sent, worker_died

_SKIPPED = grpc.StatusCode.CANCELLED  # what the stages answer where nobody waits any more


@dataclass(frozen=True)
class Relay:
    """What a call needs on its way through."""

    state: State
    admission: Admission
    metrics: GatewayMetrics
    models: Mapping[str, Accepted]  # those that may be called from outside, and with what
    canary_models: frozenset[str]  # those whose answers prove that stages are alive
    longest_s: float  # for a call that brings no deadline, and at most for one that does
    told_of: frozenset[str] = frozenset()  # models whose statistics may be asked for as well
    quarantine: Quarantine = field(default_factory=Quarantine)

    async def infer(
        self,
        context: grpc.aio.ServicerContext,
        headers: Mapping[str, str],
        caller: bytes,
        record: Record,
    ) -> bytes:
        """Answers one ModelInfer and notes in `record` what it was. Raises Refusal."""
        self._check_open()
        remaining_s = context.time_remaining()  # None where the client set no deadline
        longest_s = self.longest_s
        deadline_s = time.monotonic() + min(
            longest_s if remaining_s is None else remaining_s, longest_s
        )
        with self.admission.receiving() as room:
            if not room:  # said before the image is even sent
                raise self._overloaded()
            body = await receive(context)
        record.request_bytes = len(body)
        request = _read(body)
        given_id = given_id_of(headers)
        record.model, record.id = request.model[:MOST_ID], request.id[:MOST_ID] or given_id
        check_request(request, self.models)
        if given_id and not request.id:
            body += wire.request_id(given_id)
        suspect = Suspect(request, caller)
        try:
            async with asyncio.timeout(deadline_s - time.monotonic()):
                answer = await self._enter(body, suspect, trace_of(headers), deadline_s, record)
        except TimeoutError:
            raise expired() from None
        if isinstance(answer, Refusal):
            raise expired() if time.monotonic() > deadline_s else answer
        if request.model in self.canary_models:
            self.state.served()
        return answer

    async def _enter(
        self,
        body: bytes,
        suspect: Suspect,
        trace: Headers,
        deadline_s: float,
        record: Record,
    ) -> bytes | Refusal:
        """Takes a slot and waits for the answer; when the waiting is cancelled, the call is not."""
        passed = await self.quarantine.enter(suspect)
        try:
            channel = self._check_open()
            call = self.admission.admit(deadline_s)
            if call is None:
                raise self._overloaded()
        except Refusal:
            self.quarantine.leave(passed, "unknown", self.state.lives)
            raise
        body += wire.int_parameter(SLOT, call.slot)
        task = asyncio.create_task(self._finish(channel, body, trace, passed, call, record))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self.admission.cancel(call)
            raise

    async def _finish(
        self,
        channel: grpc.aio.Channel,
        body: bytes,
        trace: Headers,
        passed: Pass,
        call: Call,
        record: Record,
    ) -> bytes | Refusal:
        """Triton's answer, waited for to its end whatever became of the client."""
        life = self.state.lives
        outcome: Outcome = "unknown"
        try:
            answer = await forward(channel, "ModelInfer", body, trace)
            outcome = "answered"
            return answer
        except grpc.aio.AioRpcError as error:
            details = error.details() or ""
            if worker_died(error):
                self.state.illness = details
                self.state.sick.set()
                outcome = "died"
                said = without_ensemble(details)
                return unavailable("WorkerDied", f"{said}; the server is restarted")
            if self.state.channel is not channel or connection_lost(error):
                outcome = "unknown" if never_sent(error) else "died"
                return unavailable("ServerDied", "the model server went away; it is restarted")
            outcome = "unknown" if error.code() == _SKIPPED else "answered"
            return Refusal(error.code(), without_ensemble(details))
        finally:
            self.quarantine.leave(passed, outcome, life)
            record.notes = self.admission.notes(call)
            self.admission.release(call)

    def _check_open(self) -> grpc.aio.Channel:
        if self.state.closed:
            raise unavailable("Draining", "this server is shutting down; ask another")
        if self.state.channel is None:
            raise unavailable("NotReady", self.state.trouble)
        if self.state.sick.is_set():
            raise unavailable("NotReady", "the model server is about to restart")
        if self.state.proven != self.state.lives:  # else a call could be taken for what ails it
            raise unavailable("NotReady", self.state.trouble)
        return self.state.channel

    def _overloaded(self) -> Refusal:
        self.metrics.shed += 1
        admission = self.admission
        return unavailable(
            "Overloaded",
            f"all {admission.slots} calls that this server takes at once are in flight",
            admission.retry_after_ms(),
        )


def _read(body: bytes) -> Request:
    try:
        return read_request(body)
    except wire.Malformed as error:
        raise invalid(f"not a ModelInferRequest: {error}") from None

"""One inference call: admitted, passed to Triton as bytes, shielded from its client's leaving."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import grpc

from vislex.calls import SLOT
from vislex.gateway import wire
from vislex.gateway.access_log import Record
from vislex.gateway.admission import Admission, Call
from vislex.gateway.metrics import GatewayMetrics
from vislex.gateway.quarantine import Quarantine
from vislex.gateway.refusal import Refusal, expired, invalid, unavailable
from vislex.gateway.state import State
from vislex.gateway.upstream import connection_lost, forward, worker_died

_BODY_S = 30.0  # for the request itself to arrive
_ID_LENGTH = 128  # of an id, in the log
_PASSED_ON = ("traceparent", "tracestate", "x-request-id")


@dataclass(frozen=True)
class Relay:
    """What a call needs on its way through."""

    state: State
    admission: Admission
    metrics: GatewayMetrics
    models: frozenset[str]  # those that may be called from outside
    canary_model: str  # the one whose answers prove every stage alive
    longest_s: float  # for a call that brings no deadline, and at most for one that does
    quarantine: Quarantine = field(default_factory=Quarantine)

    async def infer(
        self, context: grpc.aio.ServicerContext, headers: Mapping[str, str], record: Record
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
            body = await _receive(context)
        record.request_bytes = len(body)
        envelope = self._envelope(body)
        record.model = envelope.model
        record.id = envelope.request_id[:_ID_LENGTH] or headers.get("x-request-id", "")[:_ID_LENGTH]
        try:
            async with (
                asyncio.timeout(deadline_s - time.monotonic()),
                self.quarantine.entered(body),
            ):
                answer = await self._enter(body, envelope, headers, deadline_s, record)
        except TimeoutError:
            raise expired() from None
        if isinstance(answer, Refusal):
            raise expired() if time.monotonic() > deadline_s else answer
        if envelope.model == self.canary_model:
            self.state.served()
        return answer

    async def _enter(
        self,
        body: bytes,
        envelope: wire.Envelope,
        headers: Mapping[str, str],
        deadline_s: float,
        record: Record,
    ) -> bytes | Refusal:
        """Takes a slot and waits for the answer; when the waiting is cancelled, the call is not."""
        channel = self._check_open()
        call = self.admission.admit(deadline_s)
        if call is None:
            raise self._overloaded()
        extra = wire.int_parameter(SLOT, call.slot)
        if not envelope.request_id and (given := headers.get("x-request-id")):
            extra += wire.request_id(given)
        passed_on = tuple((k, v) for k, v in headers.items() if k in _PASSED_ON)
        task = asyncio.create_task(self._finish(channel, body + extra, passed_on, call, record))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self.admission.cancel(call)
            raise

    async def _finish(
        self,
        channel: grpc.aio.Channel,
        body: bytes,
        headers: tuple[tuple[str, str], ...],
        call: Call,
        record: Record,
    ) -> bytes | Refusal:
        """Triton's answer, waited for to its end whatever became of the client."""
        life = self.state.lives
        try:
            return await forward(channel, "ModelInfer", body, headers)
        except grpc.aio.AioRpcError as error:
            details = error.details() or ""
            if worker_died(error):
                self.state.sick.set()
                self.quarantine.blame(body, life)
                return unavailable("WorkerDied", f"{details}; the server is restarted")
            if self.state.channel is not channel or connection_lost(error):
                self.quarantine.blame(body, life)
                return unavailable("ServerDied", "the model server went away; it is restarted")
            return Refusal(error.code(), details)
        finally:
            record.notes = self.admission.notes(call)
            self.admission.release(call)

    def _check_open(self) -> grpc.aio.Channel:
        if self.state.closed:
            raise unavailable("Draining", "this server is shutting down; ask another")
        if self.state.channel is None:
            raise unavailable("NotReady", self.state.trouble)
        if self.state.sick.is_set():
            raise unavailable("NotReady", "the model server is about to restart")
        return self.state.channel

    def _envelope(self, body: bytes) -> wire.Envelope:
        try:
            envelope = wire.read_envelope(body)
        except wire.Malformed as error:
            raise invalid(f"not a ModelInferRequest: {error}") from None
        if envelope.model not in self.models:
            served = ", ".join(sorted(self.models))
            raise Refusal(
                grpc.StatusCode.NOT_FOUND,
                f"InvalidRequest: model {envelope.model!r} is not served here; expected {served}",
            )
        return envelope

    def _overloaded(self) -> Refusal:
        self.metrics.shed += 1
        admission = self.admission
        return unavailable(
            "Overloaded",
            f"all {admission.slots} calls that this server takes at once are in flight",
            admission.retry_after_ms(),
        )


async def _receive(context: grpc.aio.ServicerContext) -> bytes:
    try:
        async with asyncio.timeout(_BODY_S):
            body = await context.read()
    except TimeoutError:
        raise expired() from None
    if not isinstance(body, bytes):
        raise invalid("the call ended without a request")
    return body

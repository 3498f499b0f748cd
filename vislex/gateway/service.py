"""The public gRPC methods: an allow list of KServe v2's, and gRPC's own health protocol."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from urllib.parse import unquote

import grpc

from vislex.gateway import wire
from vislex.gateway.access_log import Record
from vislex.gateway.incoming import caller_of
from vislex.gateway.questions import check_question, read_question
from vislex.gateway.refusal import Refusal, quoted, unavailable
from vislex.gateway.relay import Relay
from vislex.gateway.schema import HEALTH_CHECK, MODEL, QUESTION, Message
from vislex.gateway.tokens import Tokens
from vislex.gateway.upstream import INFERENCE, forward

_HEALTH = "/grpc.health.v1.Health/"
_SERVING, _NOT_SERVING = 1, 2  # grpc.health.v1.HealthCheckResponse.ServingStatus
_SERVICES = ("", INFERENCE.strip("/"))
_ASKED_S = 10.0  # for a question that runs no model

Answer = Callable[[bytes], Awaitable[bytes]]


@dataclass(frozen=True)
class Service(grpc.GenericRpcHandler):  # type: ignore[misc] # grpc ships no types
    """Everything that can be called from outside; what is not here answers UNIMPLEMENTED.

    Model control, shared memory, trace and log settings are left out on purpose, and so is the
    stream, whose calls could not be told apart to be admitted one by one.
    """

    relay: Relay
    tokens: Tokens | None
    open_health: bool  # health calls need no token

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        method = details.method
        if method == f"{INFERENCE}ModelInfer":
            return grpc.stream_unary_rpc_method_handler(self._infer)
        if method == f"{_HEALTH}Watch":
            return grpc.unary_stream_rpc_method_handler(self._watch)
        answer = self._questions().get(method)
        return None if answer is None else grpc.unary_unary_rpc_method_handler(answer)

    def _questions(self) -> dict[str, Callable[..., Awaitable[bytes]]]:
        health: dict[str, Answer] = {
            f"{_HEALTH}Check": self._check,
            f"{INFERENCE}ServerLive": self._live,
            f"{INFERENCE}ServerReady": self._ready,
            f"{INFERENCE}ModelReady": self._model_ready,
        }
        relay = self.relay
        facts: dict[str, tuple[Message, Collection[str]]] = {
            "ServerMetadata": (QUESTION, ()),
            "ModelMetadata": (MODEL, relay.told_of),
            "ModelStatistics": (MODEL, {"", *relay.told_of}),  # "": of every model
        }
        asked = {
            INFERENCE + name: self._guarded(self._ask(name, *known))
            for name, known in facts.items()
        }
        return asked | {
            name: self._guarded(answer, self.open_health) for name, answer in health.items()
        }

    async def _infer(self, request_iterator: object, context: grpc.aio.ServicerContext) -> bytes:
        began_s, record = time.monotonic(), Record(peer=unquote(context.peer()))
        try:
            headers = dict(context.invocation_metadata())
            record.traceparent = headers.get("traceparent", "")
            self._authorize(headers)
            token = headers.get("authorization", "") if self.tokens else ""
            caller = caller_of(context, token)
            answer = await self.relay.infer(context, headers, caller, record)
            record.code, record.answer_bytes = "OK", len(answer)
            return answer
        except Refusal as refusal:
            record.code, record.reason = refusal.code.name, refusal.kind
            await context.abort(refusal.code, refusal.details, refusal.trailers)
            raise  # not reached: abort raises
        finally:
            seconds = time.monotonic() - began_s
            record.milliseconds = round(seconds * 1000, 1)
            self.relay.metrics.record(record.code, seconds)
            record.write()

    def _guarded(self, answer: Answer, exempt: bool = False) -> Callable[..., Awaitable[bytes]]:
        async def handle(body: bytes, context: grpc.aio.ServicerContext) -> bytes:
            try:
                if not exempt:
                    self._authorize(dict(context.invocation_metadata()))
                return await answer(body)
            except Refusal as refusal:
                await context.abort(refusal.code, refusal.details, refusal.trailers)
                raise

        return handle

    def _authorize(self, headers: dict[str, str]) -> None:
        if self.tokens is None or self.tokens.accepts(headers.get("authorization", "")):
            return
        raise Refusal(
            grpc.StatusCode.UNAUTHENTICATED,
            "Unauthenticated: expected the header `authorization: Bearer TOKEN` with a known token",
        )

    def _ask(self, method: str, schema: Message, models: Collection[str]) -> Answer:
        """Triton's answer to a question without anything in it that is not in `schema`."""

        async def ask(body: bytes) -> bytes:
            channel = self.relay.state.channel
            if channel is None:
                raise unavailable("NotReady", self.relay.state.trouble)
            check_question(body, method, schema, models)
            try:
                return await forward(channel, method, body, timeout_s=_ASKED_S)
            except grpc.aio.AioRpcError as error:
                raise Refusal(error.code(), error.details() or "") from None

        return ask

    async def _live(self, body: bytes) -> bytes:
        read_question(body, QUESTION, "ServerLiveRequest")
        return wire.true_field()

    async def _ready(self, body: bytes) -> bytes:
        read_question(body, QUESTION, "ServerReadyRequest")
        return wire.true_field() if self.relay.state.ready else b""

    async def _model_ready(self, body: bytes) -> bytes:
        """Triton's own word on the model, and the canary's on the stages behind it."""
        if not self.relay.state.ready:
            return b""
        return await self._ask("ModelReady", MODEL, self.relay.models)(body)

    async def _check(self, body: bytes) -> bytes:
        _known_service(body)
        return self._status(self.relay.state.ready)

    async def _watch(self, body: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        try:
            if not self.open_health:
                self._authorize(dict(context.invocation_metadata()))
            _known_service(body)
        except Refusal as refusal:
            await context.abort(refusal.code, refusal.details)
        last = None
        async for ready in self.relay.state.changes():
            if ready != last:
                yield self._status(ready)
            last = ready

    @staticmethod
    def _status(ready: bool) -> bytes:
        return wire.enum_field(1, _SERVING if ready else _NOT_SERVING)


def _known_service(body: bytes) -> None:
    name = read_question(body, HEALTH_CHECK, "HealthCheckRequest")["service"]
    if name not in _SERVICES:
        raise Refusal(
            grpc.StatusCode.NOT_FOUND, f"NotFound: there is no service {quoted(name)} here"
        )

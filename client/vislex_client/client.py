"""The synchronous client: threads wait."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from vislex_client import asks, options, wire
from vislex_client.asks import Ask
from vislex_client.attempts import Reply, Start
from vislex_client.errors import DeadlineExceeded, InvalidOption, VislexError
from vislex_client.face import Face, require_several
from vislex_client.images import Image
from vislex_client.many import in_order
from vislex_client.pace import Pace
from vislex_client.results import Classification, Galleries, Health, Lines
from vislex_client.scope import Scope
from vislex_client.settings import PATIENT_CIRCUIT, PATIENT_RETRY, PATIENT_S
from vislex_client.tensors import CLASSIFY

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from vislex_client.options import CallOptions, ClassifyOptions

_T = TypeVar("_T")


class Client(Face):
    """One connection to a vislex server; threads may share it, tasks share an `AsyncClient`.

    `url` is HOST:PORT of the server's gRPC port, or "dns:///HOST:PORT": where the name resolves to
    several replicas, calls go to each in turn. "ipv4:IP:PORT,IP:PORT" names replicas one by one. An
    IPv6 address stands in brackets: "[::1]:8001", "ipv6:[IP]:PORT,[IP]:PORT".

    `timeout_s` bounds each call from sending to answer, `retry` included, unless the call brings
    its own. `circuit` says when calls fail at once because the server is gone. `hedge_after_s`, for
    a service with replicas to spare, sends a second copy of a call that got no answer in that
    time, for one call in ten at most, and takes the first answer. None switches each of the three
    off.

    `tls` encrypts. `token` (or a function that gives it, called for each attempt) is sent as
    `authorization: Bearer ...`. `compression` of messages is None, "gzip" or "deflate"; images are
    compressed already. A connection that is silent for `keepalive_s` during a call is probed.
    `pace` bounds how many calls are in flight and is for batches: see `patient`. `proxy` False
    keeps off the proxy that `grpc_proxy`, `https_proxy` or `http_proxy` names and `no_proxy` does
    not except; a server on loopback is never asked through one.

    Nothing is sent before the first call, so a wrong address shows then. A call that its caller
    gives up (Ctrl-C, `close`, leaving a `classify_many`) is cancelled at the server too. Every
    method raises VislexError, and InvalidOption before anything is sent.
    """

    @classmethod
    def patient(cls, url: str, *, concurrency: int | None = None, **settings: Any) -> Client:
        """A client for a batch, which wants every answer and is in no hurry.

        It keeps at most `concurrency` calls under way (unless given, 2 for each core that this
        process may use), half as many when the server is full, late or away, and slowly more again.
        Each call has ten minutes, in which a full or absent server is asked again. A call that the
        server ends for lack of time is asked anew among fewer. `settings` are those of `Client`.
        """
        usual = {"timeout_s": PATIENT_S, "retry": PATIENT_RETRY, "circuit": PATIENT_CIRCUIT}
        return cls(url, **{**usual, **settings}, pace=Pace(concurrency))

    @property
    def in_flight(self) -> int:
        """The most calls a patient client has under way; so many threads are enough for it."""
        if self._pace is None:
            raise InvalidOption("this client counts no calls; expected one made by `patient`")
        return self._pace.most

    def _open(self) -> None:
        import grpc

        self._channel, self._stub = self._connection.stub(grpc)
        self._scope = Scope()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; calls in flight end with Cancelled."""
        self._scope.close()
        self._channel.close()

    def classify(self, image: Image, **chosen: Unpack[ClassifyOptions]) -> Classification:
        """Says which known label `image` shows, or that it is `other`.

        `image` is the path of an image file, its bytes, a binary file object, a Pillow image, or a
        uint8 array (height, width[, 3 RGB or 4 RGBA]). What may be chosen is in `ClassifyOptions`.
        """
        return self._ask(asks.classify(image, **chosen), self._scope)

    def classify_many(
        self, images: Iterable[Image], *, concurrency: int = 8, **chosen: Unpack[ClassifyOptions]
    ) -> Iterator[Classification | VislexError]:
        """Classifies `images`, up to `concurrency` at a time, and yields in their order.

        An item is a Classification, or the VislexError that its image ended with: one that fails
        stops no other. `images` is drawn from as answers are taken, so it may be endless.
        """
        require_several(images)
        asks.check(**chosen)

        def classify(image: Image, scope: Scope) -> Classification:
            return self._ask(asks.classify(image, **chosen), scope)

        return self._many(classify, images, options.count("concurrency", concurrency))

    def embed(self, image: Image, **chosen: Unpack[CallOptions]) -> NDArray[float32]:
        """The image's embedding, float32 (dim,), of length 1."""
        found: NDArray[float32] = self._ask(asks.embed(image, **chosen), self._scope)
        return found

    def read(self, image: Image, **chosen: Unpack[CallOptions]) -> Lines:
        """The lines of text in the image, in reading order."""
        return self._ask(asks.read(image, **chosen), self._scope)

    def gallery(self, name: str | None = None, **chosen: Unpack[CallOptions]) -> Galleries:
        """What the server says of its galleries and their versions, or of the one called `name`."""
        return self._ask(asks.gallery(name, **chosen), self._scope)

    def health(self, *, model: str = CLASSIFY, timeout_s: float | None = None) -> Health:
        """What the server says of itself and of `model`, within `timeout_s` in all.

        Asked once, without retries and past the circuit. A server that answers but is not ready is
        a Health with `serving` false; one that does not answer raises Unavailable or
        DeadlineExceeded.
        """
        end = time.monotonic() + self._seconds(timeout_s)
        found: list[Any] = []
        for ask in asks.health(model):
            left_s = max(end - time.monotonic(), 0.001)
            try:
                found.append(self._ask(replace(ask, timeout_s=left_s), self._scope, plainly=True))
            except VislexError as error:
                found.append(error)
        return asks.health_of(self.url, found)

    def _many(
        self, one: Callable[[Image, Scope], _T], images: Iterable[Image], concurrency: int
    ) -> Iterator[_T | VislexError]:
        scope = Scope(self._scope)
        try:
            yield from in_order(lambda image: one(image, scope), images, concurrency)
        finally:
            scope.close()  # what a caller who stopped early left under way

    def _ask(self, ask: Ask[_T], scope: Scope, *, plainly: bool = False) -> _T:
        course = partial(self._course, ask, scope, plainly=plainly)
        if self._pace is None or plainly:
            return course()
        return self._pace.asked(course, DeadlineExceeded)

    def _course(self, ask: Ask[_T], scope: Scope, *, plainly: bool) -> _T:
        """Does the steps of `attempts`. However it ends, no call is left under way."""
        replies: queue.SimpleQueue[Any] = queue.SimpleQueue()  # ended calls, or None: closed
        calls = []
        steps = self._steps(ask, scope.closed, plainly=plainly)
        wake = partial(replies.put, None)
        scope.enter(wake)
        try:
            step = next(steps)
            while True:
                reply = None
                if isinstance(step, Start):
                    calls.append(self._send(ask, step.timeout_s))
                    calls[-1].add_done_callback(replies.put)
                else:
                    with suppress(queue.Empty):
                        reply = self._reply(replies.get(timeout=step.seconds))
                step = steps.send(reply)
        except StopIteration as end:
            message = end.value
        finally:
            scope.leave(wake)
            for call in calls:
                call.cancel()
        return ask.read(message)

    def _send(self, ask: Ask[Any], timeout_s: float) -> Any:
        method = getattr(self._stub, ask.method)
        metadata = self._connection.metadata(ask)
        try:
            return method.future(ask.message, timeout=timeout_s, metadata=metadata)
        except ValueError:  # what gRPC raises on a channel that is closed
            if not self._scope.closed():
                raise
            raise self._cancelled() from None

    def _reply(self, call: Any) -> Reply | None:
        if call is None:
            return None
        code = call.code()
        message = call.result() if code.name == "OK" else None
        return wire.reply(code, call.details(), call.trailing_metadata(), message)

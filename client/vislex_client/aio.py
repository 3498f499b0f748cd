"""The asynchronous client: tasks wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from vislex_client import asks, options, wire
from vislex_client.asks import Ask
from vislex_client.attempts import Reply, Start
from vislex_client.errors import InvalidOption, InvalidRequest, VislexError
from vislex_client.face import Face, require_several
from vislex_client.images import Image
from vislex_client.many import in_order_async
from vislex_client.results import Classification, Galleries, Health, Lines
from vislex_client.scope import Scope
from vislex_client.tensors import CLASSIFY

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from vislex_client.options import CallOptions, ClassifyOptions

_T = TypeVar("_T")


class AsyncClient(Face):
    """`Client` for asyncio: the same settings, the same methods, each of them awaited.

    It belongs to the event loop of its first call; in another it raises InvalidRequest. Cancelling
    a task cancels its call at the server too. Files are read and arrays encoded in a thread, so
    that the loop stays free.
    """

    def _open(self) -> None:
        if self._pace is not None:
            raise InvalidOption("pace is for the threads of a Client; expected None")
        self._channel: Any = None  # made by the first call, for it binds itself to the loop
        self._stub: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scope = Scope()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection; calls in flight end with Cancelled."""
        self._scope.close()
        if self._channel is not None and self._loop is asyncio.get_running_loop():
            await self._channel.close()  # that of a loop that is over has ended with it

    async def classify(self, image: Image, **chosen: Unpack[ClassifyOptions]) -> Classification:
        """As `Client.classify`."""
        return await self._ask(await asyncio.to_thread(partial(asks.classify, image, **chosen)))

    def classify_many(
        self,
        images: Iterable[Image] | AsyncIterable[Image],
        *,
        concurrency: int = 8,
        **chosen: Unpack[ClassifyOptions],
    ) -> AsyncIterator[Classification | VislexError]:
        """As `Client.classify_many`; `images` may be asynchronous too.

        A caller who stops early ends the generator with `aclose()`, or leaves that to the loop.
        """
        require_several(images)
        asks.check(**chosen)

        async def classify(image: Image) -> Classification:
            return await self.classify(image, **chosen)

        return in_order_async(classify, images, options.count("concurrency", concurrency))

    async def embed(self, image: Image, **chosen: Unpack[CallOptions]) -> NDArray[float32]:
        """As `Client.embed`."""
        found: NDArray[float32] = await self._ask(
            await asyncio.to_thread(partial(asks.embed, image, **chosen))
        )
        return found

    async def read(self, image: Image, **chosen: Unpack[CallOptions]) -> Lines:
        """As `Client.read`."""
        return await self._ask(await asyncio.to_thread(partial(asks.read, image, **chosen)))

    async def gallery(self, name: str | None = None, **chosen: Unpack[CallOptions]) -> Galleries:
        """As `Client.gallery`."""
        return await self._ask(asks.gallery(name, **chosen))

    async def health(self, *, model: str = CLASSIFY, timeout_s: float | None = None) -> Health:
        """As `Client.health`."""
        budget_s = self._seconds(timeout_s)

        async def settled(ask: Ask[Any]) -> Any:
            try:
                return await self._ask(replace(ask, timeout_s=budget_s), plainly=True)
            except VislexError as error:
                return error

        found = await asyncio.gather(*map(settled, asks.health(model)))
        return asks.health_of(self.url, found)

    async def _ask(self, ask: Ask[_T], *, plainly: bool = False) -> _T:
        """Does the steps of `attempts`. However it ends, no call is left under way."""
        replies: asyncio.Queue[Any] = asyncio.Queue()  # ended calls, or None: closed
        calls = []
        steps = self._steps(ask, self._scope.closed, plainly=plainly)
        wake = partial(replies.put_nowait, None)
        self._scope.enter(wake)
        try:
            step = next(steps)
            while True:
                reply = None
                if isinstance(step, Start):
                    calls.append(self._send(ask, step.timeout_s))
                    calls[-1].add_done_callback(replies.put_nowait)
                else:
                    with suppress(asyncio.TimeoutError):
                        call = await asyncio.wait_for(replies.get(), step.seconds)
                        reply = await self._reply(call)
                step = steps.send(reply)
        except StopIteration as end:
            message = end.value
        finally:
            self._scope.leave(wake)
            for call in calls:
                call.cancel()
        return ask.read(message)

    def _send(self, ask: Ask[Any], timeout_s: float) -> Any:
        import grpc.aio

        metadata = self._connection.metadata(ask)
        loop = asyncio.get_running_loop()
        if self._channel is None:
            self._channel, self._stub = self._connection.stub(grpc.aio)
            self._loop = loop
        elif self._loop is not loop:
            raise InvalidRequest(
                f"this AsyncClient of {self.url} belongs to another event loop, that of its first"
                " call; make an AsyncClient in each loop (each asyncio.run has one of its own), or"
                " use Client, which has none"
            )
        method = getattr(self._stub, ask.method)
        try:
            return method(ask.message, timeout=timeout_s, metadata=metadata)
        except grpc.aio.UsageError:  # the channel is closed
            if not self._scope.closed():
                raise
            raise self._cancelled() from None

    async def _reply(self, call: Any) -> Reply | None:
        if call is None:
            return None
        code = await call.code()
        message = await call if code.name == "OK" else None
        trailing = await call.trailing_metadata()
        return wire.reply(code, await call.details(), trailing, message)

"""Both clients behind one face, so that one test holds for both."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from vislex_client import AsyncClient, Client, Retry

from tests.unit.client.stand_in import StandIn, served

QUICK = Retry(attempts=5, initial_s=0.01, max_s=0.05)


class Awaited:
    """An AsyncClient on a loop of its own; each method waits for the awaited one's result."""

    def __init__(self, url: str, **settings: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        try:
            self.client = AsyncClient(url, **settings)
        except BaseException:
            self._end()
            raise

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)

        def call(*arguments: Any, **chosen: Any) -> Any:
            result = method(*arguments, **chosen)
            if isinstance(result, AsyncIterator):
                return self._iterate(result)
            return self.start(result).result(120)

        return call

    def start(self, awaitable: Awaitable[Any]) -> Any:
        """A future that runs on the loop; cancelling it cancels the task there."""

        async def run() -> Any:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(run(), self._loop)

    def _iterate(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        try:
            while True:
                try:
                    yield self.start(items.__anext__()).result(120)
                except StopAsyncIteration:
                    return
        finally:
            self.start(items.aclose()).result(120)  # type: ignore[attr-defined] # a generator

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    def __enter__(self) -> Awaited:
        return self

    def __exit__(self, *_: object) -> None:
        self.start(self.client.close()).result(120)
        self._end()


FACES = {"threads": Client, "asyncio": Awaited}


@contextmanager
def face(kind: str, url: str, **settings: Any) -> Iterator[Any]:
    """A client of the kind of `FACES`."""
    with FACES[kind](url, **settings) as client:
        yield client


@pytest.fixture(params=FACES)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def server() -> StandIn:
    return StandIn()


@pytest.fixture
def client(kind: str, server: StandIn) -> Iterator[Any]:
    with served(server) as url, face(kind, url, timeout_s=120, retry=QUICK) as client:
        yield client

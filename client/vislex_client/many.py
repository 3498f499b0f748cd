"""Many images at a time, answered in their order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Callable, TypeVar

from vislex_client.errors import VislexError
from vislex_client.images import Image

_T = TypeVar("_T")

_LOOK_S = 0.5  # a Ctrl-C that comes just before a wait begins is seen only when that wait ends


def in_order(
    ask: Callable[[Image], _T], images: Iterable[Image], concurrency: int
) -> Iterator[_T | VislexError]:
    """Yields what `ask` answered or raised for each of `images`, in their order.

    At most `concurrency` calls run at a time and twice as many images are held, so `images` may be
    endless. A caller who stops early waits for nothing: what has not begun is dropped.
    """

    def settled(image: Image) -> _T | VislexError:
        try:
            return ask(image)
        except VislexError as error:
            return error

    # Twice as many as run: while the oldest is awaited, the other threads have a next one to take.
    waiting: deque[Future[_T | VislexError]] = deque()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="vislex-client")
    try:
        for image in images:
            waiting.append(pool.submit(settled, image))
            if len(waiting) == 2 * concurrency:
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _result(future: Future[_T]) -> _T:
    while not wait([future], _LOOK_S).done:
        pass
    return future.result()


async def in_order_async(
    ask: Callable[[Image], Awaitable[_T]],
    images: Iterable[Image] | AsyncIterable[Image],
    concurrency: int,
) -> AsyncIterator[_T | VislexError]:
    """`in_order` for asyncio."""
    free = asyncio.Semaphore(concurrency)

    async def settled(image: Image) -> _T | VislexError:
        async with free:
            try:
                return await ask(image)
            except VislexError as error:
                return error

    waiting: deque[asyncio.Task[_T | VislexError]] = deque()
    try:
        async for image in _each(images):
            waiting.append(asyncio.ensure_future(settled(image)))
            if len(waiting) == 2 * concurrency:
                yield await waiting[0]
                waiting.popleft()
        while waiting:
            yield await waiting[0]
            waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()


async def _each(images: Iterable[Image] | AsyncIterable[Image]) -> AsyncIterator[Image]:
    if isinstance(images, AsyncIterable):
        async for image in images:
            yield image
    else:
        for image in images:
            yield image

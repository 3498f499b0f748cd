"""Many images at a time, answered in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Union

from vislex_client.errors import VislexError
from vislex_client.images import Image
from vislex_client.results import Classification

Outcome = Union[Classification, VislexError]


def in_order(
    classify: Callable[[Image], Classification], images: Iterable[Image], concurrency: int
) -> Iterator[Outcome]:
    """Yields what `classify` answered or raised for each of `images`, in their order.

    At most `concurrency` calls run at a time and twice as many images are held, so `images` may be
    endless. A caller who stops early waits for nothing: what has not begun is dropped.
    """

    def settled(image: Image) -> Outcome:
        try:
            return classify(image)
        except VislexError as error:
            return error

    # Twice as many as run: while the oldest is awaited, the other threads have a next one to take.
    waiting: deque[Future[Outcome]] = deque()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="vislex-client")
    try:
        for image in images:
            waiting.append(pool.submit(settled, image))
            if len(waiting) == 2 * concurrency:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)

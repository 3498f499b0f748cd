"""Sends images to a server and times the answers: closed loop (N clients that wait), or open."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from loadtest.arrivals import Arrivals

Ask = Callable[[bytes], object]  # one request, returning when it is answered


@dataclass(frozen=True)
class Run:
    """One run: the wall-clock seconds it took, and the seconds of each request."""

    wall_s: float
    seconds: tuple[float, ...]

    @property
    def images_per_s(self) -> float:
        return len(self.seconds) / self.wall_s


def closed_loop(ask: Ask, images: Sequence[bytes], concurrency: int) -> Run:
    """Sends every image once, from `concurrency` threads that each wait for their answer.

    Raises what the first failed request raised.
    """
    waiting, lock = iter(images), Lock()

    def client() -> list[float]:
        taken = []
        for image in _shared(waiting, lock):
            started = time.perf_counter()
            ask(image)
            taken.append(time.perf_counter() - started)
        return taken

    started = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        clients = [pool.submit(client) for _ in range(concurrency)]
        seconds = [s for one in clients for s in one.result()]
    return Run(time.perf_counter() - started, tuple(seconds))


def open_loop(
    ask: Ask, images: Sequence[bytes], arrivals: Arrivals, most_waiting: int = 256
) -> Run:
    """Sends an image at each of the intended moments, whether or not earlier ones are answered.

    A request's time counts from its intended moment, so one that had to wait for a free thread of
    ours (there are `most_waiting`) is not flattered.
    """
    started = time.perf_counter()

    def one(image: bytes, intended_s: float) -> float:
        ask(image)
        return time.perf_counter() - started - intended_s

    with ThreadPoolExecutor(most_waiting) as pool:
        pending = []
        for image, intended_s in zip(images, arrivals, strict=False):
            time.sleep(max(0.0, intended_s - (time.perf_counter() - started)))
            pending.append(pool.submit(one, image, intended_s))
        seconds = [each.result() for each in pending]
    return Run(time.perf_counter() - started, tuple(seconds))


def _shared(images: Iterator[bytes], lock: Lock) -> Iterator[bytes]:
    """The next image nobody else has taken, until there is none."""
    while True:
        with lock:
            image = next(images, None)
        if image is None:
            return
        yield image

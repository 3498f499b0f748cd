"""How long the stages of a request take, passed to a listener.

A function names the stage it is; what listens is chosen by the caller, far above it. Where nothing
listens, a stage costs one look at a context variable.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import ParamSpec, TypeVar

Listener = Callable[[str, float], None]  # the stage and its seconds

P = ParamSpec("P")
T = TypeVar("T")

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def stage(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorator: times each call of the function as a stage, also one that raises."""

    def decorated(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> T:
            listener = _listener.get()
            if listener is None:
                return function(*args, **kwargs)
            started = perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                listener(name, perf_counter() - started)

        return timed

    return decorated


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Inside the `with`, the stages that this thread runs are passed to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)

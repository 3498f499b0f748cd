"""How long the stages of a request take, told to whoever listens.

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
    """Makes each call of the function below it a stage; one that raises counts, too."""

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
    """Stages that this thread runs inside the `with` are told to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)

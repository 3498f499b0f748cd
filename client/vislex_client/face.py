"""What `Client` and `AsyncClient` have in common: everything but the waiting."""

from __future__ import annotations

import os
from typing import Any, Callable

from vislex_client import options
from vislex_client import proxy as proxies
from vislex_client.asks import Ask
from vislex_client.attempts import Policy, Steps, attempts
from vislex_client.circuit import CircuitBreaker, Closed
from vislex_client.errors import Cancelled, InvalidOption, InvalidRequest
from vislex_client.pace import Pace
from vislex_client.settings import Circuit, Retry, Tls
from vislex_client.wire import Connection, Token

_ONCE = Retry(attempts=1)
_RETRY, _CIRCUIT = Retry(), Circuit()


class Face:
    """The settings of a client; see `Client`."""

    def __init__(
        self,
        url: str = "localhost:8001",
        *,
        timeout_s: float = 30.0,
        retry: Retry | None = _RETRY,
        circuit: Circuit | None = _CIRCUIT,
        hedge_after_s: float | None = None,
        tls: Tls | None = None,
        token: Token | None = None,
        compression: str | None = None,
        keepalive_s: float = 60.0,
        pace: Pace | None = None,
        proxy: bool = True,
    ) -> None:
        if hedge_after_s is not None:
            options.seconds("hedge_after_s", hedge_after_s)
            if retry is None or retry.attempts < 2:
                raise InvalidOption("hedge_after_s is set; expected a retry of 2 attempts or more")
        self.url = options.address(url)
        self._timeout_s = options.seconds("timeout_s", timeout_s)
        self._connection = Connection(self.url, tls, token, compression, keepalive_s, proxy)
        through = proxies.words(self.url, proxy)
        self._policy = Policy(
            url=self.url,
            retry=retry or _ONCE,
            hedge_after_s=hedge_after_s,
            breaker=CircuitBreaker(circuit, self.url) if circuit else Closed(),
            told=pace.told if pace else bool,
            through=through,
        )
        self._pace = pace
        # Of `health`, which tells what the server says now.
        self._plainly = Policy(self.url, _ONCE, None, Closed(), through=through)
        self._open()

    def _open(self) -> None:
        """Makes what waits: a thread's channel or nothing yet."""
        raise NotImplementedError

    def _cancelled(self) -> Cancelled:
        return Cancelled(f"the client of {self.url} is closed")

    def _seconds(self, timeout_s: float | None) -> float:
        return self._timeout_s if timeout_s is None else options.seconds("timeout_s", timeout_s)

    def _steps(self, ask: Ask[Any], closed: Callable[[], bool], *, plainly: bool = False) -> Steps:
        budget_s = self._seconds(ask.timeout_s)
        return attempts(self._plainly if plainly else self._policy, budget_s, closed)


def require_several(images: Any) -> None:
    """Raises InvalidRequest where `images` is a single one."""
    if isinstance(images, (str, bytes, bytearray, memoryview, os.PathLike)):
        raise InvalidRequest("classify_many takes several images; for one, call classify")

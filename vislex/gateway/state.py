"""What the gateway knows of the server behind it, and the listeners for changes."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import grpc


@dataclass
class State:
    """Ready means: a server is there, its last canaries came back, and no shutdown has begun."""

    channel: grpc.aio.Channel | None = None  # to tritonserver; None while there is none
    trouble: str = "the model server is starting"  # why it is not ready, "" when it is
    failing: bool = False  # canaries answered errors until it had to be restarted
    draining: bool = False  # readiness is off; calls are still taken
    closed: bool = False  # no new calls
    lives: int = 0  # servers that have been up
    proven: int = 0  # the last of them whose canaries came back
    served_s: float = 0.0  # CLOCK_MONOTONIC of the last answer that took all stages of a model
    sick: asyncio.Event = field(default_factory=asyncio.Event)  # the server wants a restart
    illness: str = ""  # Triton's words for it, where it said so itself
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ready(self) -> bool:
        return not self.trouble and not self.draining

    def set_trouble(self, trouble: str) -> None:
        """Why it is not ready; "" means that its canaries have come back."""
        if not trouble:
            self.proven = self.lives
        if trouble != self.trouble:
            self.trouble = trouble
            self._notify()

    def up(self, channel: grpc.aio.Channel) -> None:
        """A server has started; it is ready only once its canaries came back."""
        self.sick.clear()
        self.failing, self.illness = False, ""
        self.lives += 1
        self.channel = channel
        self.set_trouble("no canary has come back yet")

    def down(self, trouble: str) -> None:
        self.channel = None
        self.set_trouble(trouble)

    def drain(self) -> None:
        self.draining = True
        self._notify()

    def served(self) -> None:
        """A call went through all stages of a model that has a canary."""
        self.served_s = time.monotonic()

    async def changes(self) -> AsyncIterator[bool]:
        """Readiness now and each time it may have changed."""
        while True:
            changed = self._changed
            yield self.ready
            await changed.wait()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

"""Images that were inside the server when it died, so that one poison image cannot do it again."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from vislex.gateway import wire
from vislex.gateway.refusal import invalid

_REMEMBERED = 1000
_DEATHS = 2  # a suspect runs without another suspect beside it, so the second death proves it
_DIGEST_BYTES = 16


class Quarantine:
    """How often each image has been inside a server that died.

    Of those inside at a death only one is to blame. Sent again they are let in one at a time, so
    that the innocent come through and the guilty one is found out; it is refused from then on.
    """

    def __init__(self) -> None:
        self._lives: OrderedDict[bytes, frozenset[int]] = OrderedDict()
        self._one_suspect = asyncio.Lock()

    def blame(self, body: bytes, life: int) -> None:
        """The server died, in its `life`-th life, with this call inside."""
        digest = _digest(body)
        self._lives[digest] = self._lives.pop(digest, frozenset()) | {life}
        while len(self._lives) > _REMEMBERED:
            self._lives.popitem(last=False)

    @asynccontextmanager
    async def entered(self, body: bytes) -> AsyncIterator[None]:
        """Lets a call in, a suspect only once no other is inside. Raises Refusal for a proven one.

        Costs nothing while nothing has died.
        """
        if not self._lives or (digest := _digest(body)) not in self._lives:
            yield
            return
        async with self._one_suspect:
            taken = self._lives.get(digest, frozenset())
            if len(taken) >= _DEATHS:
                raise invalid(
                    f"the server died {len(taken)} times with this image inside; it is not taken "
                    "again"
                )
            yield
        if self._lives.get(digest) == taken:
            del self._lives[digest]  # it came through


def _digest(body: bytes) -> bytes:
    """Of the tensors alone: ids and options differ from one try to the next."""
    state = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for content in wire.raw_inputs(body):
        state.update(content)
    return state.digest()

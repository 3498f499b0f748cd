"""One gallery that changes while it serves.

`refresh` looks at CURRENT. A version it newly names is loaded and tried beside the one that is
live, then swapped in by one assignment; whoever took the state before finishes on the version it
holds. What fails any check is refused, and the live version serves on.
"""

import ctypes
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from vislex.canary import require_sound
from vislex.errors import GalleryError
from vislex.gallery import Gallery
from vislex.loaded import Loaded, Refusal, State
from vislex.versions import POINTER

_RETRY_S = 30.0  # after a failure that is not the version's own: a disk or a network


class Versions(Protocol):
    """Where a gallery's versions come from."""

    def mark(self) -> Hashable:
        """Changes whenever there may be something new; looked at every second, so it is cheap."""

    def current(self) -> tuple[str, Hashable]:
        """Name of the version to serve, and what tells it from another of that name."""

    def open(self, version: str) -> Gallery:
        """That version, verified."""


class Report(Protocol):
    """Who is told what becomes of a gallery's versions."""

    def swapped(self, gallery: str, version: str, /) -> None: ...
    def refused(self, gallery: str, version: str, reason: str, /) -> None: ...


class LiveGallery:
    """A named gallery and the versions of it in memory.

    `refresh` is for one thread; `state` may be read from any, at any time.
    """

    def __init__(
        self,
        name: str,
        versions: Versions,
        report: Report,
        keep: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Loads the current version. Raises GalleryError where it cannot be served."""
        self.name = name
        self._versions, self._report, self._keep, self._clock = versions, report, keep, clock
        self._seen = self._done = versions.mark()
        self._retry_at = float("inf")
        version, identity = versions.current()
        self.state = State((self._load(version, identity),))
        report.swapped(name, version)

    def refresh(self) -> None:
        """Serves the version that is current now, or refuses it; does nothing if none is new.

        A change is acted on once it has held still from one look to the next, so that a version
        which is still being copied is not refused half way.
        """
        before, self._seen = self._seen, self._versions.mark()
        again = self._seen == self._done
        if self._seen != before or (again and self._clock() < self._retry_at):
            return
        self._done, self._retry_at = self._seen, float("inf")
        version = POINTER
        try:
            version, identity = self._versions.current()
            swapped = self._serve(version, identity)
        except Exception as error:  # whatever it is, the live version serves on
            self._refuse(version, error, again)
        else:
            if swapped:
                self._report.swapped(self.name, version)
        _return_memory()

    def _serve(self, version: str, identity: Hashable) -> bool:
        """Makes a version the live one, from memory if it is there; whether it was another."""
        loaded = self.state.loaded
        found = next((o for o in loaded if (o.version, o.identity) == (version, identity)), None)
        if found is loaded[0]:
            return False
        new = found or self._load(version, identity)
        rest = tuple(one for one in loaded if one.version != version)
        self.state = replace(self.state, loaded=(new, *rest)[: self._keep])
        return True

    def _load(self, version: str, identity: Hashable) -> Loaded:
        gallery = self._versions.open(version)
        require_sound(gallery)
        return Loaded(gallery, identity, self._clock())

    def _refuse(self, version: str, error: Exception, again: bool) -> None:
        own = isinstance(error, GalleryError)
        if not own:
            self._retry_at = self._clock() + _RETRY_S
        last = self.state.refused
        refused = Refusal(version, str(error) if own else repr(error), self._clock())
        self.state = replace(self.state, refused=refused)
        if not again or last is None or last.reason != refused.reason:
            self._report.refused(self.name, version, refused.reason)


def _return_memory() -> None:
    """Gives what was freed back to the system, which glibc does not do by itself after a load.

    After six swaps of 1,000 x 100 images: 612 MB without, 437 MB with it, in 5 to 50 ms.
    """
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)

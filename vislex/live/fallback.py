"""Which version a server starts with when the live version of a gallery cannot be served.

A server that runs keeps what it serves when CURRENT names something bad; one that starts at that
moment goes back to the newest version that was published before and is sound.
"""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from vislex.errors import GalleryError
from vislex.gallery.versions import POINTER
from vislex.live.snapshot import RefusedVersion, Served

T = TypeVar("T")
G_co = TypeVar("G_co", bound=Served, covariant=True)


class Versions(Protocol[G_co]):
    """Where a gallery's versions come from."""

    def mark(self) -> Hashable:
        """Changes whenever there may be something new; looked at every second, so it is cheap."""

    def current(self) -> str:
        """Name of the version to serve."""

    def before(self) -> Sequence[str]:
        """The versions that were published before it, newest first."""

    def identity(self, version: str) -> Hashable:
        """Distinguishes that version from another one of the same name."""

    def open(self, version: str) -> G_co:
        """That version, its files checked and its canary passed. Raises GalleryError."""


def first_sound(
    versions: Versions[Any], load: Callable[[str], T], clock: Callable[[], float] = time.time
) -> tuple[T | None, tuple[RefusedVersion, ...]]:
    """What a server starts on: the current version, else the newest before it that `load` takes.

    Returns what was loaded, None where nothing could be, and what was refused on the way: the
    current version first.
    """
    refused: list[RefusedVersion] = []
    version = POINTER
    try:
        version = versions.current()
        return load(version), ()
    except Exception as error:  # any error: an older version may still work
        refused.append(RefusedVersion.of(version, error, clock()))
    older: Sequence[str] = ()
    with suppress(OSError):  # of a folder that cannot be read, as the refusal above says
        older = versions.before()
    for version in older:
        try:
            return load(version), tuple(refused)
        except Exception as error:
            refused.append(RefusedVersion.of(version, error, clock()))
    return None, tuple(refused)


def nothing_served(refused: Mapping[str, Sequence[RefusedVersion]]) -> GalleryError:
    """The error that stops a server none of whose galleries, by name, has a version to serve."""
    return GalleryError(
        "; ".join(
            f"gallery {name}: {refusal.reason}" if len(refused) > 1 else refusal.reason
            for name, some in refused.items()
            for refusal in some
        )
    )

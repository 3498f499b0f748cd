"""The gallery versions in memory at one moment: choosing one, and what they say of themselves.

A gallery is of any pipeline: here it has a version and a status, and nothing else is known of it.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, Self, TypeVar

from vislex.errors import GalleryError, InvalidOption, ModelFailed
from vislex.live.settings import require_name


class Served(Protocol):
    """One version of a gallery in memory, ready to answer."""

    @property
    def version(self) -> str: ...

    def status(self) -> dict[str, Any]:
        """What it holds, as JSON can hold it, such as `{"images": 176}`."""


G = TypeVar("G", bound=Served)


@dataclass(frozen=True)
class Loaded(Generic[G]):
    """A version in memory."""

    gallery: G
    identity: Hashable
    at: float  # seconds since the epoch, when it was loaded

    @property
    def version(self) -> str:
        return self.gallery.version


@dataclass(frozen=True)
class RefusedVersion:
    """A version that could not be swapped in, and why."""

    version: str
    reason: str
    at: float  # seconds since the epoch
    own: bool = True  # the version's own fault, not that of a disk or a network

    @classmethod
    def of(cls, version: str, error: Exception, at: float) -> Self:
        own = isinstance(error, GalleryError)
        return cls(version, _printable(str(error)) if own else repr(error), at, own)


@dataclass(frozen=True)
class GalleryState(Generic[G]):
    """What a gallery serves at one moment; replaced whole, never changed."""

    # The live version, then those that were live before it; none where none could be served yet.
    loaded: tuple[Loaded[G], ...]
    refused: RefusedVersion | None = None  # what CURRENT names, where that is not what is served

    @property
    def live(self) -> G:
        return self.loaded[0].gallery

    def version(self, wanted: str) -> G:
        """The version called `wanted`, the live one for "". Raises InvalidOption."""
        for loaded in self.loaded:
            if wanted in ("", loaded.version):
                return loaded.gallery
        names = ", ".join(loaded.version for loaded in self.loaded)
        raise InvalidOption(
            f"gallery_version is {wanted!r}, which is not loaded; expected one of {names}"
        )


@dataclass(frozen=True)
class View(Generic[G]):
    """What every gallery serves at one moment. A swap does not change a view that was taken."""

    states: Mapping[str, GalleryState[G]]  # by name, the default first

    def choose(self, name: str = "", version: str = "") -> tuple[str, G]:
        """Name and version that a request asked for: "" is the default, and the live version.

        Raises InvalidOption listing what there is, ModelFailed where that gallery has nothing.
        """
        require_name(name, self.states)
        name = name or next(iter(self.states))
        if not self.states[name].loaded:
            raise ModelFailed(
                f"gallery {name!r} has no version that can be served; the model `gallery` says why"
            )
        return name, self.states[name].version(version)

    def any(self) -> tuple[str, G]:
        """The first gallery that has a version to serve, for liveness checks."""
        return next((name, state.live) for name, state in self.states.items() if state.loaded)

    def status(self) -> dict[str, Any]:
        """What is loaded, as JSON can hold it.

            {"default": "apps", "galleries": [{"name": "apps", "version": "v000007", "loaded": [
              {"version": "v000007", "images": 176, "labels": 22, "encoder": "9f...",
               "known_others": 6, "false_reject_rate": 0.02, "least_confidence": null,
               "loaded_at": "2026-11-20T09:58:01+00:00"}, ...], "refused": null}]}

        `loaded` begins with the live version; what an operator taught and set is among what it
        says of each. `refused` is what CURRENT names where that could not
        be served: `{"version", "reason", "at"}`. A gallery that serves nothing has the version "".
        """
        return {
            "default": next(iter(self.states)),
            "galleries": [_state(name, state) for name, state in self.states.items()],
        }


def _printable(text: str) -> str:
    """Text with the letters of a path in it, where Python could not decode them.

    Inside Triton's workers it decodes paths as ASCII, and no log or answer takes what remains.
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def only(status: dict[str, Any], name: str) -> dict[str, Any]:
    """The status with the gallery called `name` alone; as it is for "". Raises InvalidOption."""
    require_name(name, [each["name"] for each in status["galleries"]])
    galleries = [each for each in status["galleries"] if name in ("", each["name"])]
    return {**status, "galleries": galleries}


def _state(name: str, state: GalleryState[Any]) -> dict[str, Any]:
    return {
        "name": name,
        "version": state.live.version if state.loaded else "",
        "loaded": [_loaded(each) for each in state.loaded],
        "refused": _refused(state.refused),
    }


def _loaded(loaded: Loaded[Any]) -> dict[str, Any]:
    return {
        "version": loaded.version,
        **loaded.gallery.status(),
        "loaded_at": _moment(loaded.at),
    }


def _refused(refusal: RefusedVersion | None) -> dict[str, Any] | None:
    if refusal is None:
        return None
    return {"version": refusal.version, "reason": refusal.reason, "at": _moment(refusal.at)}


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")

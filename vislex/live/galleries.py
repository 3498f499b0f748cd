"""The galleries of one server: watched in the background, asked together."""

import threading
import traceback
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol

from vislex.gallery.manifest import MANIFEST, Manifest
from vislex.gallery.versions import POINTER, current_version, published_before
from vislex.live.fallback import G_co, nothing_served
from vislex.live.follow import LiveGallery, Report
from vislex.live.settings import NamedGalleries
from vislex.live.snapshot import G, View

POLL_S = 0.5  # a change is acted on at the second look, so within a second
_CLOSE_S = 5.0


class Opener(Protocol[G_co]):
    """How a pipeline opens its galleries from the disk, for the models that will query them."""

    def check(self, root: Path, version: str) -> tuple[str, Manifest]:
        """Name and manifest of a version: its files checked and not loaded. Raises GalleryError."""

    def open(self, root: Path, version: str) -> G_co:
        """The version in memory, verified, and proven to answer. Raises GalleryError."""


@dataclass(frozen=True)
class FolderVersions(Generic[G]):
    """The versions in a gallery directory."""

    root: Path
    opener: Opener[G]

    def mark(self) -> Hashable:
        """The pointer and the files of the version it names, so that a copy in progress shows.

        The pointer is read, not only looked at: over NFS that is what asks the server anew.
        """
        try:
            pointer = self.root / POINTER
            name, stat = pointer.read_text(encoding="utf-8").strip(), pointer.stat()
            files = [path.stat() for path in sorted((self.root / name).iterdir())]
        except (OSError, ValueError) as error:  # ValueError: what it says is no text, or no name
            return str(error)
        return name, stat.st_ino, stat.st_mtime_ns, *((f.st_size, f.st_mtime_ns) for f in files)

    def current(self) -> str:
        return current_version(self.root)

    def before(self) -> Sequence[str]:
        return published_before(self.root)

    def identity(self, version: str) -> Hashable:
        """The manifest tells versions of one name apart: it holds the digest of every file."""
        manifest = self.root / version / MANIFEST
        return manifest.read_bytes() if manifest.is_file() else b""  # `open` says what is missing

    def check(self, version: str) -> tuple[str, Manifest]:
        """What `open` checks before it loads anything. Raises GalleryError."""
        return self.opener.check(self.root, version)

    def open(self, version: str) -> G:
        return self.opener.open(self.root, version)


class Galleries(Generic[G]):
    """Every gallery of a server, and the threads that watch their folders."""

    def __init__(self, settings: NamedGalleries, opener: Opener[G], report: Report) -> None:
        """Loads a version of each. Raises GalleryError where none of them has one to serve."""
        self._galleries = [
            LiveGallery(name, FolderVersions(folder, opener), report, settings.keep)
            for name, folder in settings.folders.items()
        ]
        if not any(gallery.state.loaded for gallery in self._galleries):
            reasons = {gallery.name: gallery.state.refused for gallery in self._galleries}
            raise nothing_served({name: [reason] for name, reason in reasons.items() if reason})
        self._stopped = threading.Event()
        # A thread each: a large one that loads does not hold up the others.
        self.threads = [
            threading.Thread(
                target=self._watch, args=(gallery,), name=f"gallery {gallery.name}", daemon=True
            )
            for gallery in self._galleries
        ]
        for thread in self.threads:
            thread.start()

    def view(self) -> View[G]:
        """What is served now; take one view for everything that must be consistent."""
        return View({gallery.name: gallery.state for gallery in self._galleries})

    def close(self) -> None:
        """Ends the watching; a version that is being loaded is waited for a little."""
        self._stopped.set()
        for thread in self.threads:
            thread.join(_CLOSE_S)

    def _watch(self, gallery: LiveGallery[G]) -> None:
        while not self._stopped.wait(POLL_S):
            try:
                gallery.refresh()
            except Exception:  # a report that failed; the thread must go on watching
                traceback.print_exc()

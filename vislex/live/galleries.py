"""The galleries of one server: watched in the background, asked together."""

import threading
import traceback
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vislex.config import Options
from vislex.gallery.index_gpu import to_gpu
from vislex.gallery.manifest import MANIFEST, Manifest
from vislex.gallery.recipe import Recipe
from vislex.gallery.versions import POINTER, current_version, published_before
from vislex.live.fallback import nothing_served
from vislex.live.follow import LiveGallery, Report
from vislex.live.settings import NamedGalleries
from vislex.live.snapshot import View
from vislex.ocr.lines import Line
from vislex.screens.classify import Classification, match
from vislex.screens.gallery import Gallery
from vislex.screens.storage import check_gallery, open_gallery

POLL_S = 0.5  # a change is acted on at the second look, so within a second
_CLOSE_S = 5.0


@dataclass(frozen=True)
class FolderVersions:
    """The versions of a gallery directory, for models of one recipe."""

    root: Path
    recipe: Recipe
    gpu: int | None = None  # the device to search on, None for the CPU

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
        return manifest.read_bytes() if manifest.is_file() else b""  # `open` says what lacks

    def check(self, version: str) -> tuple[str, Manifest]:
        """What `open` checks before it loads anything. Raises GalleryError."""
        return check_gallery(self.root, self.recipe, version)

    def open(self, version: str) -> Gallery:
        gallery = open_gallery(self.root, self.recipe, version=version)
        _ = gallery.lexicon  # now, and not when the first request asks
        if self.gpu is None:
            return gallery
        return replace(gallery, index=to_gpu(gallery.index, self.gpu))


class Galleries:
    """Every gallery of a server, and the threads that watch their folders."""

    def __init__(self, settings: NamedGalleries, recipe: Recipe, report: Report) -> None:
        """Loads a version of each. Raises GalleryError where none of them has one to serve."""
        self._galleries = [
            LiveGallery(name, FolderVersions(folder, recipe, settings.gpu), report, settings.keep)
            for name, folder in settings.folders.items()
        ]
        if not any(one.state.loaded for one in self._galleries):
            reasons = {one.name: one.state.refused for one in self._galleries}
            raise nothing_served({name: [one] for name, one in reasons.items() if one})
        self._stopped = threading.Event()
        # A thread each: a large one that loads does not hold up the others.
        self.threads = [
            threading.Thread(
                target=self._watch, args=(one,), name=f"gallery {one.name}", daemon=True
            )
            for one in self._galleries
        ]
        for thread in self.threads:
            thread.start()

    def view(self) -> View:
        """What is served now; take one for all that must agree."""
        return View({one.name: one.state for one in self._galleries})

    def close(self) -> None:
        """Ends the watching; a version that is being loaded is waited for a little."""
        self._stopped.set()
        for thread in self.threads:
            thread.join(_CLOSE_S)

    def _watch(self, gallery: LiveGallery) -> None:
        while not self._stopped.wait(POLL_S):
            try:
                gallery.refresh()
            except Exception:  # a report that failed; a thread that ends would end all news
                traceback.print_exc()


@dataclass(frozen=True)
class Query:
    """One embedded and read image, float32 (dim,), and the version that answers it."""

    embedding: NDArray[np.float32]
    lines: tuple[Line, ...]
    options: Options
    name: str  # of the gallery asked
    gallery: Gallery


def match_each(queries: Sequence[Query]) -> list[Classification]:
    """`match` for queries of several versions; those of one are looked up together."""
    groups: dict[int, list[int]] = defaultdict(list)
    for i, query in enumerate(queries):
        groups[id(query.gallery)].append(i)
    found: dict[int, Classification] = {}
    for members in groups.values():
        group = [queries[i] for i in members]
        answers = match(
            np.stack([query.embedding for query in group]),
            [query.lines for query in group],
            [query.options for query in group],
            group[0].gallery,
        )
        found |= zip(members, answers, strict=True)
    return [found[i] for i in range(len(queries))]

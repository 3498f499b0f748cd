"""Files as they appear in a folder, by looking at it again and again: works on any file system."""

from __future__ import annotations

import os
from pathlib import Path

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")

_Stamp = tuple[int, int]  # size in bytes, time of the last change in ns


class Folder:
    """A folder that tells its new image files once they are written.

    New is what was not there when this was made (with `existing`, that too), or was changed since
    it was told. Written is what has a size, and the same size and time in two looks in a row, for
    nobody says when a writer is done. Hidden files are passed over: many programs write to one and
    rename it. Raises OSError where the folder cannot be listed.
    """

    def __init__(self, path: Path, *, recursive: bool = False, existing: bool = False) -> None:
        self._path = path
        self._recursive = recursive
        self._seen = self._look()
        self._told: dict[Path, _Stamp] = {} if existing else dict(self._seen)

    def written(self) -> list[Path]:
        """One look: the files to tell now, in order of their last change."""
        now = self._look()
        ready = {
            path: stamp
            for path, stamp in now.items()
            if stamp[0] and self._seen.get(path) == stamp != self._told.get(path)
        }
        self._seen = now
        self._told = {path: told for path, told in self._told.items() if path in now} | ready
        return sorted(ready, key=lambda path: (ready[path][1], path))

    def _look(self) -> dict[Path, _Stamp]:
        found: dict[Path, _Stamp] = {}
        folders = [os.fspath(self._path)]
        while folders:
            for entry in os.scandir(folders.pop()):
                if entry.name.startswith("."):
                    continue
                if self._recursive and entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.lower().endswith(SUFFIXES):
                    stamp = _stamp(entry)
                    if stamp is not None:
                        found[Path(entry.path)] = stamp
        return found


def _stamp(entry: os.DirEntry[str]) -> _Stamp | None:
    """None for what is no file, or no longer there."""
    try:
        status = entry.stat()
        return (status.st_size, status.st_mtime_ns) if entry.is_file() else None
    except OSError:
        return None

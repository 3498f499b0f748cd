"""Files as they appear in a folder, by looking at it again and again: works on any file system."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".heif",
)  # fmt: skip
_REMEMBERED = 100_000  # files of folders that are away; about 30 MB

_Stamp = tuple[int, int]  # size in bytes, time of the last change in ns
_Identity = tuple[int, int]  # device and inode of a folder
_NEVER: tuple[_Stamp | None, None] = (None, None)


@dataclass
class _Look:
    """What one look at all folders found."""

    files: dict[str, _Stamp] = field(default_factory=dict)
    folders: dict[str, _Identity] = field(default_factory=dict)  # those that could be read
    unclear: set[str] = field(default_factory=set)  # files of which nobody can say what they are
    troubles: dict[str, str] = field(default_factory=dict)  # folder -> why it cannot be read


class Folder:
    """A folder that tells its new image files once they are written.

    New is what was not there when this was made (with `existing`, that too), or was changed since
    it was told. Written is what has a size, and the same size and time in two looks in a row, for
    nobody says when a writer is done. Hidden files are passed over: many programs write to one and
    rename it. Raises OSError where the folder cannot be listed when this is made.

    Later a folder, this one or one in it, may go away and come back, as network shares do: what was
    told of it is not told again, and what came meanwhile is. `troubles` has what to say of that.
    """

    def __init__(self, path: Path, *, recursive: bool = False, existing: bool = False) -> None:
        self._path = os.fspath(path)
        self._recursive = recursive
        os.scandir(self._path).close()
        self._last = self._look()
        self._told: dict[str, tuple[_Stamp, _Identity]] = {}  # and the folder that it was in
        if not existing:
            self._tell(self._last.files, self._last)
        self._places = set(self._last.folders.values())  # that were at the path, such as shares
        self._news = [_sentence(folder, why) for folder, why in self._last.troubles.items()]

    def written(self) -> list[Path]:
        """One look: the files to tell now, in order of their last change."""
        last, look = self._last, self._look()
        look.files |= {path: last.files[path] for path in look.unclear & last.files.keys()}
        ready = {
            path: stamp
            for path, stamp in look.files.items()
            if stamp[0] and last.files.get(path) == stamp != self._told.get(path, _NEVER)[0]
        }
        self._forget(look)
        self._tell(ready, look)
        self._note(look)
        self._last = look
        return [Path(path) for path in sorted(ready, key=lambda path: (ready[path][1], path))]

    def troubles(self) -> list[str]:
        """A sentence for each folder that went away since this was asked last."""
        news, self._news = self._news, []
        return news

    def again(self, path: Path) -> None:
        """Tells a file anew, once two looks have found it: it went away before it was read."""
        self._told.pop(os.fspath(path), None)
        self._last.files.pop(os.fspath(path), None)

    def _look(self) -> _Look:
        look = _Look()
        waiting = [self._path]
        while waiting:
            folder = waiting.pop()
            part, inner = _Look(), list[str]()
            try:
                before = _identity(folder)
                for entry in os.scandir(folder):
                    if not entry.name.startswith("."):
                        self._sort(entry, part, inner)
                after = _identity(folder)
            except OSError as error:
                look.troubles[folder] = error.strerror or str(error)
                continue
            if before != after:  # what was found is of neither
                look.troubles[folder] = "it was replaced while it was looked at"
                continue
            look.files |= part.files
            look.unclear |= part.unclear
            look.folders[folder] = after
            waiting += inner
        return look

    def _sort(self, entry: os.DirEntry[str], part: _Look, inner: list[str]) -> None:
        try:
            if self._recursive and entry.is_dir(follow_symlinks=False):
                inner.append(entry.path)
            elif entry.name.lower().endswith(SUFFIXES) and entry.is_file():
                status = entry.stat()
                part.files[entry.path] = (status.st_size, status.st_mtime_ns)
        except FileNotFoundError:  # a link to nothing, or gone since
            pass
        except OSError:
            part.unclear.add(entry.path)

    def _tell(self, files: dict[str, _Stamp], look: _Look) -> None:
        for path, stamp in files.items():
            self._told[path] = stamp, look.folders[_folder_of(path)]

    def _forget(self, look: _Look) -> None:
        """Forgets what was told of files that were removed, not of those whose folder is away.

        Removed is what is no longer in the folder that it was in: where a share was, the empty
        folder that it was mounted on is another.
        """
        away = []
        for path, (stamp, identity) in list(self._told.items()):
            here = look.folders.get(_folder_of(path))
            if path in look.files and here is not None:
                self._told[path] = stamp, here
            elif here == identity and path not in look.unclear:
                del self._told[path]
            elif here != identity:
                away.append(path)
        for path in away[: max(len(away) - _REMEMBERED, 0)]:
            del self._told[path]

    def _note(self, look: _Look) -> None:
        """Keeps what is to be said: once for each time that a folder goes away."""
        gone = {folder: "it is gone" for folder in self._last.folders if folder not in look.folders}
        away = gone | look.troubles
        place = look.folders.get(self._path)
        if place is not None and place not in self._places:
            away[self._path] = "it is another folder than it was"
            self._places.add(place)
        for folder, why in away.items():
            around = any(str(parent) in away for parent in Path(folder).parents)  # which says it
            if folder not in self._last.troubles and not around:
                self._news.append(_sentence(folder, why))


def _sentence(folder: str, why: str) -> str:
    return f"{folder}: {why}; going on with what can be read, and looking there again and again"


def _folder_of(path: str) -> str:
    return path.rpartition(os.sep)[0] or os.sep


def _identity(folder: str) -> _Identity:
    status = Path(folder).stat()
    return status.st_dev, status.st_ino

"""Immutable, numbered version folders, the pointer to the live one, and the record of publications.

Everything is written beside what is live, synced to disk, and only then named: a crash at any
point leaves the last good version live. Whatever writes holds the gallery's lock.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from shlex import quote

from vislex.errors import GalleryMissing
from vislex.gallery.lock import GalleryLock

POINTER = "CURRENT"
RECORD = "PUBLISHED"  # every version that was live and not rolled back from, the oldest first
_UNFINISHED = ".writing-"


def current_version(root: Path) -> str:
    """Name of the live version below `root`. Raises GalleryMissing where there is none."""
    name = _read(root / POINTER)
    if name is None and not all_versions(root):
        raise GalleryMissing(
            f"no gallery at {root} (no readable file {POINTER}); build one with "
            f"`vislex-index build IMAGES --gallery {quote(str(root))}`"
        )
    if name is None or not _is_version(name) or not (root / name).is_dir():
        problem = "cannot be read" if name is None else f"names {name!r}, which is no version there"
        raise GalleryMissing(
            f"{root / POINTER} {problem}; `vislex-index publish VERSION --gallery "
            f"{quote(str(root))}` makes one of {', '.join(all_versions(root)) or 'none'} live"
        )
    return name


def published_before(root: Path) -> list[str]:
    """Versions that were live before the one that CURRENT names, the newest first.

    Where CURRENT names none, these are all that were. What was never published, and what was
    rolled back from, is not among them; nor is anything in a gallery without the record.
    """
    live = _read(root / POINTER) or ""
    before = [
        name for name in _recorded(root) if not _is_version(live) or _number(name) < _number(live)
    ]
    return before[::-1]


def all_versions(root: Path) -> list[str]:
    """Names of every version below `root`, oldest first; [] where there is no such folder."""
    if not root.is_dir():
        return []
    return sorted((path.name for path in root.iterdir() if _is_version(path.name)), key=_number)


def version_folder(root: Path, version: str | None) -> Path:
    """The folder of a version, of the live one for None. Raises GalleryMissing."""
    name = current_version(root) if version is None else version
    if not _is_version(name) or not (root / name).is_dir():
        known = ", ".join(all_versions(root)) or "none"
        raise GalleryMissing(f"gallery {root} has no version {name!r}; it has {known}")
    return root / name


def write_version(lock: GalleryLock, write: Callable[[Path], None], *, publish: bool = True) -> str:
    """Makes what `write` puts into an empty folder the next version, and that live or not.

    Returns its name, such as `v000001`. Where `write` raises, nothing is left behind; where the
    process dies, at most a folder that the next writer removes.
    """
    root = lock.root
    for left in root.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=root))
    try:
        write(folder)
        folder.chmod(0o755)  # mkdtemp makes it private; a server may run as another user
        for path in folder.iterdir():
            _sync(path)
        _sync(folder)
        name = _next_version(root)
        folder.rename(root / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _sync(root)
    if publish:
        point_at(lock, name)
    return name


def point_at(lock: GalleryLock, version: str) -> None:
    """Makes a version the live one, atomically and for good once this returns.

    Versions above it are no longer recorded as published: who goes back does not want them.
    """
    root = lock.root
    live = _read(root / POINTER) or ""
    was_live = {*_recorded(root), *[name for name in all_versions(root) if name == live]}
    older = sorted((name for name in was_live if _number(name) < _number(version)), key=_number)
    # In this order the record never names a version that was not live, even after a crash.
    _replace(root / RECORD, older)
    _replace(root / POINTER, [version])
    with suppress(OSError):  # it is live now; the next to come here records it where this failed
        _replace(root / RECORD, [*older, version])


def remove_version(lock: GalleryLock, version: str) -> None:
    """Deletes a version's folder: renamed first, so that nobody sees it half deleted."""
    doomed = lock.root / f"{_UNFINISHED}{version}"
    (lock.root / version).rename(doomed)
    shutil.rmtree(doomed)


def _recorded(root: Path) -> list[str]:
    """The versions in the record that exist, oldest first."""
    names = (_read(root / RECORD) or "").split()
    return [name for name in all_versions(root) if name in names]


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _replace(path: Path, names: Sequence[str]) -> None:
    """Writes a file of names, one a line, so that a crash leaves the old one or the new one."""
    new = path.with_name(f".{path.name}")
    new.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    _sync(new)
    new.replace(path)
    _sync(path.parent)


def _is_version(name: str) -> bool:
    return len(name) >= 7 and name[0] == "v" and name[1:].isdecimal()


def _number(name: str) -> int:
    return int(name[1:])


def _next_version(root: Path) -> str:
    names = {*all_versions(root), *filter(_is_version, (_read(root / RECORD) or "").split())}
    return f"v{max(map(_number, names), default=0) + 1:06d}"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

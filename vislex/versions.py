"""Immutable, numbered version folders and the one pointer to the live one.

Everything is written beside what is live, synced to disk, and only then named: a crash at any
point leaves the last good version live. Whatever writes holds the gallery's lock.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from vislex.errors import GalleryMissing
from vislex.lock import GalleryLock

POINTER = "CURRENT"
_UNFINISHED = ".writing-"


def current_version(root: Path) -> str:
    """Name of the live version below `root`. Raises GalleryMissing where there is none."""
    try:
        name = (root / POINTER).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise GalleryMissing(
            f"no gallery at {root} (no readable file {POINTER}); build one with "
            f"`python -m index_builder build IMAGES --gallery {root}`"
        ) from None
    if not _is_version(name) or not (root / name).is_dir():
        raise GalleryMissing(f"{root / POINTER} names {name!r}, which is no version folder there")
    return name


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
        folder.chmod(0o755)  # mkdtemp's is private; a server may run as another user
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
    """Makes a version the live one, atomically and for good once this returns."""
    pointer = lock.root / f".{POINTER}"
    pointer.write_text(f"{version}\n", encoding="utf-8")
    _sync(pointer)
    pointer.replace(lock.root / POINTER)
    _sync(lock.root)


def remove_version(lock: GalleryLock, version: str) -> None:
    """Deletes a version's folder: under another name first, so that none is ever seen half gone."""
    doomed = lock.root / f"{_UNFINISHED}{version}"
    (lock.root / version).rename(doomed)
    shutil.rmtree(doomed)


def _is_version(name: str) -> bool:
    return len(name) >= 7 and name[0] == "v" and name[1:].isdecimal()


def _number(name: str) -> int:
    return int(name[1:])


def _next_version(root: Path) -> str:
    return f"v{max(map(_number, all_versions(root)), default=0) + 1:06d}"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Immutable, numbered version folders and the one pointer to the live one.

Everything is written beside what is live, synced to disk, and only then named: a crash at any
point leaves the last good version live.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vislex.errors import GalleryCorrupt, GalleryMissing
from vislex.recipe import Recipe

SCHEMA = 2
POINTER = "CURRENT"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a version says of itself."""

    recipe: Recipe
    count: int
    source: str  # digest of the images it was built from


def current_version(root: Path) -> str:
    """Name of the live version below `root`. Raises GalleryMissing where there is none."""
    try:
        name = (root / POINTER).read_text(encoding="utf-8").strip()
    except OSError:
        raise GalleryMissing(
            f"no gallery at {root} (no readable file {POINTER}); build one with "
            f"`python -m index_builder build IMAGES --gallery {root}`"
        ) from None
    if not _is_version(name) or not (root / name).is_dir():
        raise GalleryMissing(f"{root / POINTER} names {name!r}, which is no version folder there")
    return name


@contextmanager
def publish_version(root: Path) -> Iterator[Path]:
    """Yields an empty folder to fill; on success it becomes the next version and the live one."""
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".writing-", dir=root))
    try:
        yield folder
        folder.chmod(0o755)  # mkdtemp's is private; a server may run as another user
        for path in folder.iterdir():
            _sync(path)
        _sync(folder)
        name = _next_version(root)
        folder.rename(root / name)
        _point_at(root, name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def write_manifest(folder: Path, manifest: Manifest, files: Sequence[str]) -> None:
    """Writes `manifest.json` with size and SHA-256 of each of `files`; no clock, so it repeats."""
    values = {
        "schema": SCHEMA,
        "metric": "inner product of L2-normalised vectors",
        "count": manifest.count,
        "source": manifest.source,
        "recipe": manifest.recipe.to_json(),
        "files": {name: _fingerprint(folder / name) for name in files},
    }
    (folder / MANIFEST).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Reads a version's manifest and checks every file it names.

    Raises GalleryMissing for a file that is not there, GalleryCorrupt for one that is not as
    written, naming the file, what was found and what was expected.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise GalleryMissing(f"gallery file {path} is missing")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["schema"] != SCHEMA:
            raise GalleryCorrupt(
                f"{path} has schema {values['schema']!r}; this vislex reads {SCHEMA}"
            )
        manifest = Manifest(
            Recipe.from_json(values["recipe"]), int(values["count"]), str(values["source"])
        )
        files = dict(values["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise GalleryCorrupt(f"{path} is damaged: {error!r}") from None
    for name, expected in files.items():
        _check_file(folder / name, expected)
    return manifest


def _check_file(path: Path, expected: Any) -> None:
    if not path.is_file():
        raise GalleryMissing(f"gallery file {path} is missing")
    found = _fingerprint(path)
    if found != expected:
        raise GalleryCorrupt(f"gallery file {path} is not as written: {found}, expected {expected}")


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _is_version(name: str) -> bool:
    return len(name) >= 7 and name[0] == "v" and name[1:].isdecimal()


def _next_version(root: Path) -> str:
    numbers = [int(path.name[1:]) for path in root.iterdir() if _is_version(path.name)]
    return f"v{max(numbers, default=0) + 1:06d}"


def _point_at(root: Path, name: str) -> None:
    pointer = root / f".{POINTER}-{os.getpid()}"
    pointer.write_text(f"{name}\n", encoding="utf-8")
    _sync(pointer)
    pointer.replace(root / POINTER)
    _sync(root)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Finding labelled images: a folder per label."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vislex.errors import InvalidInput

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})


@dataclass(frozen=True)
class LabelledImage:
    """An image file and its label; `id` is its path below the folder searched, with slashes."""

    id: str
    label: str
    path: Path


def find_images(root: Path) -> list[LabelledImage]:
    """Every image `root/<label>/*`, sorted by id; hidden files and folders are passed over.

    Raises InvalidInput when `root` is no folder, holds no label folder, or a label has no image.
    """
    if not root.is_dir():
        raise InvalidInput(f"{root} is not a folder; expected {root}/<label>/<image>")
    folders = sorted(path for path in root.iterdir() if path.is_dir() and path.name[0] != ".")
    if not folders:
        raise InvalidInput(f"{root} holds no label folders; expected {root}/<label>/<image>")
    return [image for folder in folders for image in _images_of(folder)]


def content_of(image: LabelledImage) -> tuple[str, str, str]:
    """Its id, label and SHA-256."""
    with image.path.open("rb") as file:
        return image.id, image.label, hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(contents: Iterable[tuple[str, str, str]]) -> str:
    """A digest of images, given (id, label, SHA-256) of each; where they lie and in what order
    makes no difference (AdHash, Bellare and Micciancio 1997: a sum of digests)."""
    total = 0
    for content in contents:
        digest = hashlib.sha256("\0".join(content).encode()).digest()
        total += int.from_bytes(digest, "big")
    return f"{total % 2**256:064x}"


def _images_of(folder: Path) -> Iterator[LabelledImage]:
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.name[0] != "." and path.is_file()
    )
    if not files:
        raise InvalidInput(f"label folder {folder} holds no image ({', '.join(sorted(SUFFIXES))})")
    for path in files:
        yield LabelledImage(f"{folder.name}/{path.name}", folder.name, path)

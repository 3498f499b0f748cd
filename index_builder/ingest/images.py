"""Finding labelled images: a folder per label."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vislex.errors import InvalidInput
from vislex.gallery.labels import label_of
from vislex.rows import LeftOut, Remarks

SUFFIXES = frozenset(
    f".{kind}"
    for kind in ["avif", "bmp", "gif", "heic", "heif", "jpeg", "jpg", "png", "tif", "tiff", "webp"]
)

_READ = ", ".join(sorted(SUFFIXES))
_LITTER = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})  # what systems leave in folders


@dataclass(frozen=True)
class LabelledImage:
    """An image file and its label; `id` is its path below the folder searched, with slashes."""

    id: str
    label: str
    path: Path


def find_images(
    root: Path, remarks: Remarks | None = None, named: Callable[[str], str] = label_of
) -> list[LabelledImage]:
    """Every image `root/<label>/*`, sorted by id; `named` makes a folder's name a label.

    `remarks` get every file that is passed over: in a subfolder, of another kind, beside the
    folders, or of a name that is not UTF-8. What a system leaves there is not worth one, nor are
    hidden files that are no images. Raises InvalidInput when `root` is no folder, holds no label
    folder, a label has no image, or a folder's name cannot be a label.
    """
    remarks = Remarks() if remarks is None else remarks
    if not root.is_dir():
        raise InvalidInput(f"{root} is not a folder; expected {root}/<label>/<image>")
    entries = sorted(path for path in root.iterdir() if path.name not in _LITTER)
    folders = [path for path in entries if path.is_dir() and path.name[0] != "."]
    if not folders:
        raise InvalidInput(f"{root} holds no label folders; expected {root}/<label>/<image>")
    for path in entries:
        if path not in folders and not path.is_dir() and path.name[0] != ".":
            remarks.left_out.append(LeftOut(path.name, "not in the folder of a label"))
    labels: dict[str, Path] = {}
    images: list[LabelledImage] = []
    for folder in folders:
        try:
            label = named(folder.name)
        except InvalidInput as error:
            raise InvalidInput(f"the folder {str(folder)!r} names no label: {error}") from None
        if label in labels:
            remarks.notes.append(
                f"the folders {labels[label].name!r} and {folder.name!r}, which differ in spaces "
                f"or in how letters are composed, are one label, {label!r}"
            )
        labels[label] = folder
        images += _images_of(folder, label, remarks)
    return images


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


def joined_digest(first: str, second: str) -> str:
    """The digest of the images of two digests together."""
    return f"{(int(first, 16) + int(second, 16)) % 2**256:064x}"


def is_text(name: str) -> bool:
    """Whether a file's name is UTF-8; Python gives other bytes as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in order; links to folders are not followed, as they may turn
    in a circle, and hidden ones and litter are left aside."""
    for at, inner, files in os.walk(folder):
        inner[:] = sorted(name for name in inner if name not in _LITTER and name[0] != ".")
        for name in sorted(files):
            if not _is_litter(name):
                yield Path(at, name)


def why_not(path: Path, name: str) -> str:
    """Why a file is no image to read, by its name alone; '' where it is one. `name` is its id."""
    if not is_text(name):
        return "its name is not UTF-8"
    if path.name[0] == ".":
        return "hidden"
    if path.suffix.lower() not in SUFFIXES:
        return f"{path.suffix or 'no suffix'}; images are {_READ}"
    return "" if path.is_file() else "a link to nothing, or no file"


def _images_of(folder: Path, label: str, remarks: Remarks) -> Iterator[LabelledImage]:
    images, passed = [], 0
    for path in sorted(folder.iterdir()):
        name = f"{folder.name}/{path.name}"
        if path.is_dir():
            why = "in a subfolder; expected <label>/<image>"
            inner = [] if path.name in _LITTER or path.name[0] == "." else [*below(path)]
            left = [LeftOut(str(file.relative_to(folder.parent)), why) for file in inner]
        elif _is_litter(path.name):
            continue
        elif why := why_not(path, name):
            left = [LeftOut(name, why)]
        else:
            images.append(LabelledImage(name, label, path))
            continue
        remarks.left_out += left
        passed += len(left)
    if not images:
        other = f"; {passed} other files are in it or below it" if passed else ""
        raise InvalidInput(f"label folder {folder} holds no image ({_READ}){other}")
    yield from images


def _is_litter(name: str) -> bool:
    """Also hidden files that are no images, such as .DS_Store, and the ._a.png of macOS."""
    hidden = name[0] == "." and Path(name).suffix.lower() not in SUFFIXES
    return hidden or name in _LITTER or name.startswith("._")

"""Which galleries a server has, by name: parsed from the command line and the environment.

One server may hold several galleries. The first is the default, asked where a request names none.
"""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from vislex.config import count
from vislex.errors import GalleryMissing, InvalidOption

DEFAULT_NAME = "default"
KEPT_VERSIONS = 2  # the live one and the one before it, so that going back costs no load

# Names are labels of metrics, words of error messages and keys of the environment variable.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class NamedGalleries:
    """Where each gallery is, the default first, and how many versions of each stay in memory."""

    folders: Mapping[str, Path]
    keep: int = KEPT_VERSIONS
    gpu: int | None = None  # the device that galleries are searched on, None for the CPU

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Reads `VISLEX_GALLERIES` (`name=path` pairs) or else `VISLEX_GALLERY` (one path).

        `VISLEX_GALLERY_KEEP` is the number of versions, `VISLEX_GALLERY_DEVICE` where they are
        searched: `cpu`, `gpu` or `gpu:NUMBER`. Raises GalleryMissing when no gallery is named,
        InvalidOption when a pair, the number or the device is not one.
        """
        folders = folders_from_env(environ)
        if not folders:
            raise GalleryMissing(
                "neither VISLEX_GALLERY nor VISLEX_GALLERIES is set; expected the path of a gallery"
                f" directory, or name=path pairs separated by {os.pathsep!r}"
            )
        keep = environ.get("VISLEX_GALLERY_KEEP") or str(KEPT_VERSIONS)
        gpu = _gpu(environ.get("VISLEX_GALLERY_DEVICE") or "cpu")
        return cls(folders, count("gallery_keep", keep), gpu)


def folders_from_env(environ: Mapping[str, str]) -> dict[str, Path]:
    """The folder of each gallery by its name; none where the server has no galleries.

    Raises InvalidOption where a pair is none.
    """
    if several := environ.get("VISLEX_GALLERIES", ""):
        return _from_pairs(several.split(os.pathsep))
    folder = environ.get("VISLEX_GALLERY", "")
    return {DEFAULT_NAME: Path(folder)} if folder else {}


def parse_galleries(words: Sequence[str]) -> dict[str, Path]:
    """Folders by name from command line words `[NAME=]DIR`, in order; one may go without a name.

    A word with `=` whose first part no name can be is a path where it is there, or where that part
    has a `/`. Raises InvalidOption where two have the same name, or a word is neither.

    >>> parse_galleries(["/galleries/apps", "games=/galleries/games"])
    {'default': PosixPath('/galleries/apps'), 'games': PosixPath('/galleries/games')}
    """
    return _from_pairs([word if _is_pair(word) else f"{DEFAULT_NAME}={word}" for word in words])


def environment_of(folders: Mapping[str, Path]) -> dict[str, str]:
    """Environment variables that name these galleries. Raises InvalidOption for a path with `:`."""
    for folder in folders.values():
        if os.pathsep in str(folder.resolve()):
            raise InvalidOption(
                f"gallery {folder} has {os.pathsep!r} in its path; expected one without"
            )
    pairs = [f"{name}={folder.resolve()}" for name, folder in folders.items()]
    return {"VISLEX_GALLERIES": os.pathsep.join(pairs)}


def require_name(name: str, names: Collection[str]) -> None:
    """Raises InvalidOption listing `names` where a request's `name` is not among them."""
    if name and name not in names:
        known = f"one of {', '.join(names)}" if names else "none: this server has no galleries"
        raise InvalidOption(f"gallery is {name!r}; expected {known}")


def _from_pairs(pairs: Sequence[str]) -> dict[str, Path]:
    folders: dict[str, Path] = {}
    for pair in pairs:
        name, _, path = pair.partition("=")
        if not _NAME.fullmatch(name) or not path:
            raise InvalidOption(
                f"gallery {pair!r} is not NAME=DIR; a name is 1 to 64 letters, digits, '.', '_' or"
                " '-' and begins with a letter or a digit"
            )
        if name in folders:
            raise InvalidOption(
                f"two galleries are called {name!r} ({folders[name]} and {path}); "
                "expected a name of its own for each, as NAME=DIR"
            )
        folders[name] = Path(path)
    return folders


def _gpu(device: str) -> int | None:
    match = re.fullmatch(r"cpu|gpu(?::(\d+))?", device)
    if match is None:
        raise InvalidOption(f"VISLEX_GALLERY_DEVICE is {device!r}; expected cpu, gpu or gpu:NUMBER")
    return None if device == "cpu" else int(match[1] or 0)


def _is_pair(word: str) -> bool:
    """Whether a word was meant as NAME=DIR, even with a NAME that no name can be."""
    name, equals, path = word.partition("=")
    if not equals or _NAME.fullmatch(name):
        return bool(equals)
    if Path(word).exists():
        return False
    return os.sep not in name or bool(path and Path(path).is_dir())

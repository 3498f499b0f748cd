"""Images to measure on: of yours, or generated."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vislex.errors import RepositoryError
from vislex.images.decode import decode_image
from vislex.images.limits import Limits

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}
_SHAPES = ((2400, 1080), (1080, 2400), (720, 720), (1600, 720), (60, 90), (3000, 500))
_PROBE_SHAPES = ((368, 176), (176, 368), (256, 256), (640, 96))  # whole patches: not resized
PATTERNS = "16 generated patterns"  # what a manifest says `checked_images` are


def load_images(folder: Path, limit: int) -> list[NDArray[np.uint8]]:
    """At most `limit` images below `folder`, evenly spread over their sorted paths."""
    return [load_image(path) for path in choose_images(folder, limit)]


def choose_images(folder: Path, limit: int) -> list[Path]:
    """The paths of `load_images`."""
    if limit < 1:
        raise RepositoryError(f"{limit} images were asked for; expected 1 or more")
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES)
    if not paths:
        raise RepositoryError(f"{folder} has no images ({', '.join(sorted(_SUFFIXES))})")
    count = min(limit, len(paths))
    return [paths[i * len(paths) // count] for i in range(count)]


def load_image(path: Path) -> NDArray[np.uint8]:
    """An image file as (h, w, 3) RGB."""
    return decode_image(path.read_bytes(), Limits())


def patterns(per_shape: int = 2) -> list[NDArray[np.uint8]]:
    """Images anyone can make again: coloured blocks and bars at several aspect ratios.

    They stand in for screens where none are at hand; the seed is fixed.
    """
    rng = np.random.default_rng(20)
    return [_blocks(rng, height, width) for height, width in _SHAPES for _ in range(per_shape)]


def probe_images() -> list[NDArray[np.uint8]]:
    """Dark bars on white in four grids: an encoder carries them with it, and they pack small.

    White is the largest activation there is, so arithmetic that saturates shows on them first.
    """
    rng = np.random.default_rng(21)
    return [_bars(rng, height, width) for height, width in _PROBE_SHAPES]


def checked_images() -> list[NDArray[np.uint8]]:
    """What an encoder is compared on where no images of yours are given."""
    return [*patterns(), *probe_images()]


def _blocks(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    image = np.full((height, width, 3), rng.integers(0, 256, 3), np.uint8)
    for _ in range(40):
        top, left = int(rng.integers(0, height)), int(rng.integers(0, width))
        tall, wide = int(rng.integers(1, height)), int(rng.integers(1, width))
        image[top : top + tall // 4, left : left + wide // 2] = rng.integers(0, 256, 3)
    return image


def _bars(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    """Lines of words of random lengths, 12 px high and 24 px apart."""
    image = np.full((height, width, 3), 255, np.uint8)
    for top in range(8, height - 12, 24):
        left = 8
        while left < width - 24:
            right = left + int(rng.integers(8, 48))
            image[top : top + 12, left:right] = rng.integers(0, 96)
            left = right + 8
    return image

"""A rendered shot made unlike itself, as cameras, chats and stores do, and cut into patches."""

import io
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from vislex.images.patches import PATCH_PX, grid_for

_ENOUGH_CONTRAST = 20.0  # deviation of grey levels: dim text has it, and a photo gets no more
_FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.BOX)


@dataclass(frozen=True)
class View:
    """How many patches an image is given, from `fewest` to `most`, and how many of them are kept.

    Patches that are not kept are never computed, and training gets cheaper by as much. Most of a
    screen is blank: what stays is drawn by how much there is to see in it. `top` rows of patches,
    where given, are kept before any other.
    """

    fewest: int
    most: int
    kept: int
    top: int = 0


@dataclass(frozen=True)
class Tokens:
    """The kept patches of one image."""

    pixels: NDArray[np.uint8]  # (kept, 768), values ordered (y, x, channel)
    index: NDArray[np.int64]  # (kept,), which patches of the grid they are, ascending
    grid: NDArray[np.int64]  # (2,), rows and columns


def draw_view(jpeg: bytes, view: View, rng: np.random.Generator) -> Tokens:
    """One random view of an image."""
    image = _distort(_crop(Image.open(io.BytesIO(jpeg)).convert("RGB"), rng), rng)
    stretch = rng.uniform(0.94, 1.06)
    while True:
        budget = int(rng.integers(view.fewest, view.most + 1))
        rows, columns = grid_for(round(image.height * stretch), image.width, budget)
        if rows * columns >= view.kept:
            break
        view = replace(view, fewest=view.fewest + 4, most=max(view.most, view.fewest + 4))
    size = (columns * PATCH_PX, rows * PATCH_PX)
    resized = image.resize(size, _FILTERS[int(rng.integers(len(_FILTERS)))])
    return cut(np.asarray(resized), rows, columns, view, rng)


def _crop(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Up to 8 % off each side, half of the time."""
    if rng.random() < 0.5:
        return image
    left, top, right, bottom = rng.uniform(0, 0.08, 4) * rng.integers(0, 2, 4)
    w, h = image.size
    return image.crop(
        (round(left * w), round(top * h), round(w - right * w), round(h - bottom * h))
    )


def _distort(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    if rng.random() < 0.15:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.0)))
    if rng.random() < 0.2:
        image = _recompressed(image, int(rng.integers(15, 60)))
    if rng.random() < 0.15:  # a band of something else: a notice, a call, a keyboard
        top, tall = rng.uniform(0, 0.9) * image.height, rng.uniform(0.03, 0.15) * image.height
        colour = tuple(int(level) for level in rng.integers(0, 256, 3))
        image.paste(colour, (0, round(top), image.width, round(top + tall)))
    if rng.random() < 0.6:
        gain, offset = rng.uniform(0.94, 1.06, 3), rng.uniform(-12, 12)
        levels = np.arange(256)[None] * gain[:, None] + offset
        image = image.point(np.clip(levels, 0, 255).astype(np.uint8).ravel().tolist())
    return image


def _recompressed(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def cut(
    pixels: NDArray[np.uint8], rows: int, columns: int, view: View, rng: np.random.Generator
) -> Tokens:
    """What `view` keeps of (rows * 16, columns * 16, 3) pixels, drawn by contrast."""
    tiles = pixels.reshape(rows, PATCH_PX, columns, PATCH_PX, 3).transpose(0, 2, 1, 3, 4)
    patches = tiles.reshape(rows * columns, -1)
    weight = np.minimum(patches.std(axis=1, dtype=np.float32), _ENOUGH_CONTRAST) + 1.0
    weight[: view.top * columns] *= 1e6
    # the largest of log weight + Gumbel noise: drawing without replacement, by weight
    order = np.argsort(-np.log(weight) - rng.gumbel(size=len(weight)))
    index = np.sort(order[: view.kept])
    return Tokens(patches[index], index, np.array([rows, columns], np.int64))

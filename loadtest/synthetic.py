"""Galleries without images: vectors round a direction for each label, screens of made-up words."""

import random
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vislex.gallery.index_build import build_index
from vislex.gallery.items import Item, Items
from vislex.gallery.recipe import Recipe
from vislex.ocr.lines import Line, encode_lines
from vislex.screens.calibration import uncalibrated
from vislex.screens.gallery import Gallery, assemble

# Of the sample gallery under the bundled encoder, 22 labels of 8 images, all pairs of vectors.
_SAME, _OTHER = 0.79, 0.41  # mean cosine of two images of a label, and of two labels
_DECAY = 1.0  # the deviation of labels along the i-th axis falls as i**-1: 54, 22, 12, 5, 2 % ...


def synthetic_gallery(count: int, images_a_label: int, dim: int) -> Gallery:
    """Screens of labels, uncalibrated, under an exact index."""
    items = Items.of(synthetic_items(count, images_a_label, seed=0, prefix="label"))
    recipe = Recipe("synthetic", dim, 256, "synthetic", 960)
    vectors = synthetic_vectors(count, dim, images_a_label)
    return assemble("", items, build_index(vectors, "flat"), uncalibrated(), recipe)


def synthetic_vectors(
    count: int, dim: int, images_a_label: int, seed: int = 0
) -> NDArray[np.float32]:
    """Unit vectors (count, dim) that lie as close together as those of real screens.

    Every one is a direction common to all, a part of its label and a part of its own. Their
    lengths give the mean cosines of the sample gallery's vectors, within a label and across, and
    both parts fall off along the axes as the labels of that gallery do: most of what tells them
    apart lies in a few directions. Labels of independent directions would be far too easy to find.
    """
    chance = np.random.default_rng(seed)
    spread = np.arange(1, dim + 1, dtype=np.float32) ** -_DECAY
    spread /= np.linalg.norm(spread)
    own = chance.standard_normal((-(-count // images_a_label), dim), np.float32)
    vectors = np.repeat((_SAME - _OTHER) ** 0.5 * own, images_a_label, axis=0)[:count]
    vectors += (1 - _SAME) ** 0.5 * chance.standard_normal(vectors.shape, np.float32)
    # Turned, the same way for every seed: compression by parts of a vector must not see the axes.
    axes = np.linalg.qr(np.random.default_rng(0).standard_normal((dim, dim)))[0]
    vectors = (vectors * spread) @ axes.astype(np.float32)
    vectors += np.float32((_OTHER / dim) ** 0.5)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def synthetic_items(count: int, images_a_label: int, seed: int, prefix: str) -> Iterator[Item]:
    """Screens of 18 lines: 16 of the label, 2 of the image alone."""
    chance = random.Random(seed)

    def words(length: int) -> str:
        return "".join(chr(0x4E00 + chance.randrange(3000)) for _ in range(length))

    shared: list[str] = []
    for number in range(count):
        if number % images_a_label == 0:
            shared = [words(chance.randint(3, 10)) for _ in range(16)]
        texts = [*shared, words(4), words(6)]
        lines = [
            Line(text, 0.99, ((20.0, y), (400.0, y), (400.0, y + 30.0), (20.0, y + 30.0)))
            for y, text in zip(np.arange(0.0, 1800.0, 100.0).tolist(), texts, strict=True)
        ]
        label = f"{prefix}{number // images_a_label:05}"
        digest = f"{chance.getrandbits(256):064x}"
        yield Item(f"{label}/{number:07}.png", label, encode_lines(lines), digest)

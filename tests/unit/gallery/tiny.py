"""Tiny galleries with stand-in models, for tests that publish many of them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.unit.screens.handmade import lines_of
from vislex.gallery.index import flat_index
from vislex.gallery.items import Item, Items
from vislex.gallery.recipe import Recipe
from vislex.screens.calibration import uncalibrated
from vislex.screens.gallery import Gallery, assemble

RECIPE = Recipe(encoder="e" * 64, dim=8, max_num_patches=256, ocr="r" * 64, canvas_side_px=960)


def unit_vectors(count: int, dim: int = 8, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def tiny_gallery(seed: int = 0, count: int = 6) -> Gallery:
    """Two labels; everything in it, and its source, follows from the seed."""
    items = Items.of(
        Item.of(f"app{i % 2}/{i}-{seed}.png", f"app{i % 2}", lines_of([f"额度{seed}", "借款记录"]))
        for i in range(count)
    )
    index = flat_index(unit_vectors(count, seed=seed))
    return assemble("", items, index, uncalibrated(), RECIPE, source=str(seed))


def files_of(root: Path) -> dict[str, bytes]:
    """Every file of every version, by its path below the gallery."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.glob("v*/*"))
        if path.is_file()
    }

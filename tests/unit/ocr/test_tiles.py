"""Tiles cover a canvas, and a text that a seam cuts is found once and whole."""

import doctest
from itertools import pairwise

import numpy as np
import pytest

from vislex.ocr import tiles
from vislex.ocr.detect import Quads
from vislex.ocr.tiles import OVERLAP_PX, TILE_PX, Tile, is_plain, joined, tiles_of

Box = tuple[int, int, int, int]  # left, top, right, bottom


def quads_of(*boxes: Box) -> Quads:
    corners = [[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in boxes]
    quads = np.array(corners, np.float32).reshape(-1, 4, 2)
    return Quads(quads, np.full(len(boxes), 0.9, np.float32))


def boxes_of(found: Quads) -> list[Box]:
    corners = np.concatenate([found.quads.min(axis=1), found.quads.max(axis=1)], axis=1)
    return sorted((int(a), int(b), int(c), int(d)) for a, b, c, d in corners)


def seen(tile: Tile, *boxes: Box) -> tuple[Tile, Quads]:
    """What the detector says of whole texts, cut off where the tile ends, in px of the tile."""
    inside = [
        (max(a, tile.left), max(b, tile.top), min(c, tile.right - 1), min(d, tile.bottom - 1))
        for a, b, c, d in boxes
    ]
    shifted = [
        (a - tile.left, b - tile.top, c - tile.left, d - tile.top)
        for a, b, c, d in inside
        if c - a > 3 and d - b > 3
    ]
    return tile, quads_of(*shifted)


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(tiles) == (0, 1)


@pytest.mark.parametrize(
    "size", [(960, 448), (1600, 448), (6400, 448), (2176, 3840), (1088, 1920), (32, 5000)]
)
def test_tiles_cover_the_canvas_and_overlap(size: tuple[int, int]) -> None:
    height, width = size
    covered = np.zeros(size, int)
    found = tiles_of(height, width)
    for tile in found:
        covered[tile.top : tile.bottom, tile.left : tile.right] += 1
        assert tile.bottom - tile.top == found[0].bottom - found[0].top <= TILE_PX
        assert tile.right - tile.left == found[0].right - found[0].left <= TILE_PX
    assert covered.min() == 1
    assert sum(covered.flat) <= 1.2 * height * width  # or 1.2 times the time
    rows = sorted({(tile.top, tile.bottom) for tile in found})
    columns = sorted({(tile.left, tile.right) for tile in found})
    for spans in (rows, columns):
        assert all(end - start >= OVERLAP_PX for (_, end), (start, _) in pairwise(spans))


TEXTS: tuple[Box, ...] = (
    (40, 20, 300, 50),
    (40, 880, 400, 910),  # in the overlap: whole in two tiles
    (40, 930, 500, 970),  # the first tile's edge cuts it
    (500, 860, 900, 892),  # and the second one's, here
    (700, 500, 1400, 530),  # over a seam between columns
    (20, 600, 1980, 640),  # over all of them
    (905, 300, 1100, 330),  # begins in the overlap of two columns
    (40, 1500, 90, 1530), (100, 1500, 200, 1530),  # two texts side by side
)  # fmt: skip


def test_every_text_is_found_once_and_whole() -> None:
    height, width = 1824, 2000
    found = [seen(tile, *TEXTS) for tile in tiles_of(height, width)]
    assert boxes_of(joined(found, height, width)) == sorted(
        (a, b, min(c, width - 1), d) for a, b, c, d in TEXTS
    )


def test_texts_of_one_tile_are_never_joined() -> None:
    tile = Tile(0, 0, 400, 400)
    found = joined([(tile, quads_of((10, 10, 100, 40), (10, 30, 100, 60)))], 400, 400)
    assert len(found) == 2


def test_no_text_in_any_tile_is_a_result() -> None:
    assert len(joined([seen(tile) for tile in tiles_of(2000, 448)], 2000, 448)) == 0


def test_a_tilted_text_over_a_seam_gets_one_tilted_quad() -> None:
    left, right = tiles_of(480, 1600)
    one = Quads(
        np.array([[[700, 100], [959, 113], [958, 137], [699, 124]]], np.float32),
        np.ones(1, np.float32),
    )
    x = right.left
    other = Quads(
        np.array([[[864 - x, 108], [1300 - x, 130], [1299 - x, 154], [863 - x, 132]]], np.float32),
        np.ones(1, np.float32),
    )
    found = joined([(left, one), (right, other)], 480, 1600)
    np.testing.assert_allclose(
        found.quads[0], [[700, 100], [1300, 130], [1299, 154], [699, 124]], atol=2
    )


def test_a_tile_of_one_colour_is_plain() -> None:
    pixels = np.full((64, 64, 3), (30, 60, 90), np.uint8)
    assert is_plain(pixels)
    pixels[10, 10] = 200
    assert not is_plain(pixels)

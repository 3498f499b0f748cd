"""Generated screens: the same seed gives the same pixels, and what should differ does."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from training.drawing.blocks import BLOCKS, Block
from training.drawing.pen import Pen, Screen
from training.drawing.screens import draw_family, draw_shot, open_pen
from training.encoder.augment import View, cut, draw_view
from training.encoder.data import Recipe, batches, open_shots
from vislex.images.patches import prepare_patches

pytestmark = pytest.mark.skipif(
    shutil.which("fc-list") is None, reason="fc-list, which tells the fonts, is not installed"
)


def pixels(screen: Screen, shot: int) -> NDArray[np.uint8]:
    return np.asarray(draw_shot(screen, shot))


def test_the_same_shot_has_the_same_pixels() -> None:
    for family in range(6):
        for screen in draw_family(family):
            assert np.array_equal(pixels(screen, 3), pixels(screen, 3))


def test_shots_screens_and_look_alikes_differ() -> None:
    one = Screen(family=2, variant=0, screen=0)
    others = (
        draw_shot(one, 1),
        draw_shot(Screen(2, 0, 1), 0),
        draw_shot(Screen(2, 1, 0), 0),
        draw_shot(Screen(3, 0, 0), 0),
    )
    first = draw_shot(one, 0)
    assert all(first.tobytes() != other.tobytes() for other in others)


@pytest.mark.parametrize("block", list(dict.fromkeys(BLOCKS)))
def test_data_never_moves_a_blocks_layout(block: Block) -> None:
    """However much data a block shows, it asks the layout's and the words' chance equally often."""
    after = {_states_after(block, shot) for shot in range(12)}
    assert len(after) == 1


def _states_after(block: Block, shot: int) -> tuple[object, object]:
    pen: Pen = open_pen(Screen(4, 0, 0), shot)
    block(pen, 40.0)
    return pen.shape.getstate(), pen.words.getstate()


def test_a_family_is_its_apps_times_their_screens() -> None:
    for family in range(40):
        screens = draw_family(family)
        apps = {screen.variant for screen in screens}
        assert len(screens) == len(set(screens)) == len(apps) * len({s.screen for s in screens})


def test_the_cache_is_the_same_however_often_it_is_rendered(tmp_path: Path) -> None:
    recipe = Recipe(seed=5, families=3, shots=2)
    one, other = open_shots(recipe, tmp_path / "a"), open_shots(recipe, tmp_path / "b")
    again = open_shots(recipe, tmp_path / "a")
    assert np.array_equal(one.blob, other.blob) and np.array_equal(one.blob, again.blob)
    assert np.array_equal(one.screen, other.screen)
    assert len(one) == len(set(one.screen)) * recipe.shots
    assert one.jpeg(0)[:2] == one.jpeg(len(one) - 1)[:2] == b"\xff\xd8"


def test_batches_hold_whole_families(tmp_path: Path) -> None:
    shots = open_shots(Recipe(seed=5, families=6, shots=2), tmp_path)
    first = next(batches(shots, 8, np.random.default_rng(0)))
    again = next(batches(shots, 8, np.random.default_rng(0)))
    assert len(first) == 8 and np.array_equal(first, again)
    whole = [f for f in set(shots.family[first]) if f != shots.family[first[-1]]]
    for family in whole:
        assert set(np.flatnonzero(shots.family == family)) <= set(first)


def test_a_view_keeps_as_many_patches_as_asked(tmp_path: Path) -> None:
    shots = open_shots(Recipe(seed=5, families=2, shots=2), tmp_path)
    rng = np.random.default_rng(1)
    for view in (View(64, 160, 64), View(128, 256, 104), View(248, 256, 224)):
        for shot in range(len(shots)):
            tokens = draw_view(shots.jpeg(shot), view, rng)
            assert tokens.pixels.shape == (view.kept, 768)
            assert tokens.index[-1] < tokens.grid.prod()
            assert (np.diff(tokens.index) > 0).all()


def test_patches_are_ordered_as_the_server_orders_them() -> None:
    """An undistorted view of a picture that needs no resizing equals the server's own patches."""
    picture = np.random.default_rng(2).integers(0, 256, (16 * 16, 16 * 16, 3), dtype=np.uint8)
    tokens = cut(picture, 16, 16, View(256, 256, 256), np.random.default_rng(0))
    expected = prepare_patches(picture).pixel_values
    np.testing.assert_allclose(tokens.pixels / 127.5 - 1.0, expected, atol=1e-6)

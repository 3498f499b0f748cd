"""NaFlex preparation: grids, padding, order of patches, refusals."""

import numpy as np
import pytest

from vislex.errors import InvalidImage
from vislex.images.patches import grid_for, prepare_patches, stack


@pytest.mark.parametrize(
    ("height", "width", "grid"),
    [
        (2400, 1080, (23, 11)),  # a phone, as field measurements of the reference have it
        (256, 256, (16, 16)),  # exactly 256 patches: nothing to scale
        (1, 1, (7, 7)),  # the reference scales up 100 times at most
        (20000, 10, (256, 1)),  # a side is never less than one patch
        (10, 20000, (1, 256)),
    ],
)
def test_grid_follows_the_aspect_ratio(height: int, width: int, grid: tuple[int, int]) -> None:
    assert grid_for(height, width) == grid


def test_no_grid_exceeds_the_budget() -> None:
    for max_num_patches in (1, 2, 63, 256, 1024):
        for height, width in [(1, 32768), (32768, 1), (7, 7), (1080, 2400), (999, 1001)]:
            rows, columns = grid_for(height, width, max_num_patches)
            assert rows >= 1
            assert columns >= 1
            assert rows * columns <= max_num_patches


def test_patches_are_ordered_row_by_row_and_values_by_y_x_channel() -> None:
    """A 256 x 256 image is not resized, so every value can be followed to its place."""
    image = np.zeros((256, 256, 3), np.uint8)
    image[16 * 2 + 3, 16 * 5 + 7, 1] = 255  # patch row 2, column 5; y 3, x 7; green
    values = prepare_patches(image).pixel_values
    assert values[2 * 16 + 5, (3 * 16 + 7) * 3 + 1] == 1.0
    assert (values == -1.0).sum() == values.size - 1


def test_padding_is_zero_and_masked() -> None:
    patches = prepare_patches(np.full((2400, 1080, 3), 255, np.uint8))
    rows, columns = patches.spatial_shapes
    count = rows * columns
    assert count == 253
    assert (patches.pixel_values[:count] == 1.0).all()
    assert (patches.pixel_values[count:] == 0.0).all()
    assert patches.pixel_attention_mask.tolist() == [1] * count + [0] * (256 - count)


def test_dtypes_are_those_of_the_contract() -> None:
    patches = prepare_patches(np.zeros((5, 5, 3), np.uint8))
    assert patches.pixel_values.dtype == np.float32
    assert patches.pixel_attention_mask.dtype == np.int32
    assert patches.spatial_shapes.dtype == np.int32


def test_stack_keeps_the_order_of_the_images() -> None:
    tall = prepare_patches(np.zeros((400, 100, 3), np.uint8))
    wide = prepare_patches(np.zeros((100, 400, 3), np.uint8))
    batch = stack([tall, wide])
    assert batch["pixel_values"].shape == (2, 256, 768)
    assert batch["pixel_attention_mask"].shape == (2, 256)
    assert batch["spatial_shapes"].tolist() == [[32, 8], [8, 32]]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_not_an_rgb_image_is_refused(image: np.ndarray) -> None:  # type: ignore[type-arg]
    with pytest.raises(InvalidImage, match="expected uint8"):
        prepare_patches(image)

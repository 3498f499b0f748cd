"""NaFlex preparation equals the image processor of transformers, bit for bit."""

import importlib
import importlib.util
from typing import Any

import numpy as np
import pytest
import transformers
from numpy.typing import NDArray

from vislex.images.patches import grid_for, prepare_patches

SIZES = [
    *[(1, 1), (1, 2), (2, 1), (1, 500), (500, 1), (3, 7), (16, 16), (15, 17), (20000, 10)],
    *[(10, 20000), (32768, 1), (1, 32768), (2400, 1080), (1080, 2400), (720, 1280), (1440, 3200)],
    *[(256, 256), (257, 255), (255, 257), (512, 512), (480, 4000), (4000, 480), (100, 101)],
]


def reference_processor(max_num_patches: int) -> Any:
    """The PIL processor, under the name this version of transformers gives it."""
    name = "Siglip2ImageProcessorPil"  # 5.x; there, Siglip2ImageProcessor needs torchvision
    if not hasattr(transformers, name):
        name = "Siglip2ImageProcessor"
    return getattr(transformers, name)(max_num_patches=max_num_patches)


def assert_equal_to_reference(image: NDArray[np.uint8], max_num_patches: int) -> None:
    ours = prepare_patches(image, max_num_patches)
    reference = reference_processor(max_num_patches)(
        images=image, input_data_format="channels_last", return_tensors="np"
    )
    np.testing.assert_array_equal(ours.spatial_shapes, reference["spatial_shapes"][0])
    np.testing.assert_array_equal(ours.pixel_attention_mask, reference["pixel_attention_mask"][0])
    np.testing.assert_array_equal(ours.pixel_values, reference["pixel_values"][0])


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def gradient(height: int, width: int) -> NDArray[np.uint8]:
    """Smooth in both directions and different in each channel, like a photo's background."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    waves = np.stack([y, x, 0.5 + 0.5 * np.sin(9 * y + 5 * x)], axis=-1)
    levels: NDArray[np.uint8] = np.rint(255 * waves).astype(np.uint8)
    return levels


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_noise_of_any_size_is_prepared_alike(height: int, width: int) -> None:
    assert_equal_to_reference(noise(height, width), 256)


@pytest.mark.parametrize("max_num_patches", [1, 64, 100, 256, 576, 1024])
@pytest.mark.parametrize(("height", "width"), [(2400, 1080), (33, 900), (640, 640)])
def test_any_number_of_patches_is_prepared_alike(
    height: int, width: int, max_num_patches: int
) -> None:
    assert_equal_to_reference(gradient(height, width), max_num_patches)


def test_every_pixel_value_is_normalised_alike() -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(256).reshape(256, 256)
    assert_equal_to_reference(np.stack([levels, levels.T, 255 - levels], axis=-1), 256)


def test_views_of_an_image_are_prepared_alike() -> None:
    assert_equal_to_reference(noise(300, 200)[::-1, 10:150:2], 256)


def test_random_sizes_get_the_reference_grid() -> None:
    """Against the function the processor itself uses, over sizes that would be slow to resize."""
    package = "transformers.models.siglip2.image_processing"
    new = importlib.util.find_spec(f"{package}_pil_siglip2")
    reference = importlib.import_module(f"{package}_pil_siglip2" if new else f"{package}_siglip2")
    sizes = 2 ** np.random.default_rng(5).uniform(0, 15, (400, 2))
    for height, width in sizes.astype(int).tolist():
        for max_num_patches in (64, 256, 1024):
            tall, wide = reference.get_image_size_for_max_num_patches(
                image_height=height,
                image_width=width,
                patch_size=16,
                max_num_patches=max_num_patches,
            )
            assert grid_for(height, width, max_num_patches) == (tall // 16, wide // 16)

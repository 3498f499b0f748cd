import doctest

import numpy as np
import pytest

from vislex.errors import InvalidImage
from vislex.ocr import canvas as canvas_module
from vislex.ocr.canvas import (
    COMMON_CANVASES_PX,
    MAX_LARGE_PX,
    Canvas,
    canvas_size,
    detector_pixels,
    detector_size,
    is_large,
    make_canvas,
)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (2400, 1080, (960, 448)),  # a phone: 432 px are 13.5 steps, Python rounds to even
        (1080, 2400, (448, 960)),
        (960, 960, (960, 960)),
        (640, 320, (640, 320)),  # fits as it is
        (817, 350, (817, 350)),  # and so does this: crops show its own pixels
        (10, 10, (32, 32)),
        (20, 600, (32, 896)),  # enlarged to 30 x 900, for its text to be seen
        (20, 900, (32, 960)),  # but not beyond the limit
        (1, 1, (32, 32)),
        (10, 20_000, (32, 960)),
        (20_000, 10, (960, 32)),
    ],
)
def test_sizes_are_within_the_limit_and_multiples_of_32_where_resized(
    height: int, width: int, expected: tuple[int, int]
) -> None:
    assert canvas_size(height, width, 960) == expected


@pytest.mark.parametrize("shape", [(1, 1), (10, 20_000), (20_000, 10), (700, 333), (64, 64)])
def test_scale_leads_back_to_the_corner_of_the_image(shape: tuple[int, int]) -> None:
    canvas = make_canvas(np.zeros((*shape, 3), np.uint8))
    assert canvas.pixels.dtype == np.uint8
    assert canvas.scale.dtype == np.float32
    corner = np.array(canvas.pixels.shape[1::-1]) * canvas.scale
    np.testing.assert_allclose(corner, shape[::-1], rtol=1e-6)


def test_an_image_that_fits_keeps_its_pixels() -> None:
    image = np.random.default_rng(0).integers(0, 256, (96, 64, 3), dtype=np.uint8)
    np.testing.assert_array_equal(make_canvas(image).pixels, image)


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
    with pytest.raises(InvalidImage, match=r"expected uint8 \(h, w, 3\)"):
        make_canvas(image)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((817, 350), (832, 352)), ((960, 448), (960, 448)), ((30, 47), (32, 32)), ((1, 1), (32, 32))],
)
def test_the_detector_gets_multiples_of_32(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert detector_size(*size) == expected
    image = np.full((*size, 3), 7, np.uint8)
    assert detector_pixels(Canvas(image, np.ones(2, np.float32))).shape == (*expected, 3)


@pytest.mark.parametrize(
    ("height", "width", "large"),
    [
        (2400, 1080, False),
        (3200, 1440, False),
        (1080, 2400, False),  # a phone on its side
        (2732, 2048, False),  # a tablet
        (5120, 2160, True),  # longer than any phone
        (2560, 720, True),  # a screen of 1280 px at twice its length
        (1080, 1920, True),  # desktops
        (2160, 3840, True),
        (900, 700, False),
        (20_000, 10, False),  # no text is that narrow
        (60, 5000, True),  # one long line
    ],
)
def test_large_is_what_one_canvas_would_make_too_small(
    height: int, width: int, large: bool
) -> None:
    assert is_large(height, width) == large
    if large:
        size = make_canvas(np.zeros((height, width, 3), np.uint8)).pixels.shape[:2]
        assert max(size) > 960
        assert size[0] * size[1] <= 1.02 * MAX_LARGE_PX  # both sides are multiples of 32


def test_the_pixels_of_a_large_canvas_can_be_chosen() -> None:
    image = np.zeros((2160, 3840, 3), np.uint8)
    assert make_canvas(image, max_large_px=2_000_000).pixels.shape == (1056, 1888, 3)


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(canvas_module) == (0, 3)


def test_common_canvases_are_those_of_common_phones() -> None:
    phones = [(2340, 1080), (2532, 1170), (1920, 1080), (2160, 1080), (1080, 2400)]
    assert {canvas_size(*phone) for phone in phones} <= set(COMMON_CANVASES_PX)

import numpy as np
import pytest

from vislex.images.viewport import viewport
from vislex.ocr.border import content_box


def picture(height: int, width: int, *boxes: tuple[int, int, int, int]) -> np.ndarray:  # type: ignore[type-arg]
    """Plain, with noise in boxes of top, left, bottom, right."""
    pixels = np.full((height, width, 3), (30, 60, 90), np.uint8)
    for top, left, bottom, right in boxes:
        noise = np.random.default_rng(0).integers(0, 256, (bottom - top, right - left, 3))
        pixels[top:bottom, left:right] = noise
    return pixels


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([], (0, 0, 1000, 2000)),  # plain all over
        ([(200, 400, 600, 800)], (200, 400, 600, 800)),
        ([(200, 400, 600, 800), (580, 900, 620, 1000)], (200, 400, 620, 1000)),
        ([(0, 0, 1000, 2000)], (0, 0, 1000, 2000)),
        ([(100, 100, 900, 1900)], (0, 0, 1000, 2000)),  # margins of a page, no picture in one
        ([(300, 20, 500, 1990)], (300, 0, 500, 2000)),  # all of the width
    ],
)
def test_content_is_what_stands_on_a_plain_border(
    boxes: list[tuple[int, int, int, int]], expected: tuple[int, int, int, int]
) -> None:
    found = content_box(picture(1000, 2000, *boxes))
    np.testing.assert_allclose(found, expected, atol=1)  # noise may be as the border


def test_a_common_screen_is_embedded_as_it_is() -> None:
    image = picture(2400, 1080, (500, 300, 900, 700))
    assert viewport(image) is image


def test_of_a_long_page_the_first_screen_is_embedded() -> None:
    image = picture(9600, 1080, (0, 0, 9600, 1080))
    np.testing.assert_array_equal(viewport(image), image[:2160])


def test_of_a_desktop_the_picture_in_it_is_embedded() -> None:
    found = viewport(picture(2160, 3840, (300, 1700, 1100, 2150)))
    np.testing.assert_allclose(found.shape, (800, 450, 3), atol=1)

"""The mean colour, worked out by hand."""

import numpy as np
import pytest

from vislex.colours.mean import mean_colour


@pytest.mark.parametrize(
    ("scale", "expected"), [("byte", [127.5, 0, 50]), ("unit", [0.5, 0, 50 / 255])]
)
def test_half_red_and_half_dark_blue(scale: str, expected: list[float]) -> None:
    image = np.array([[(255, 0, 0), (0, 0, 100)]], np.uint8)
    assert mean_colour(image, scale).tolist() == pytest.approx(expected, rel=1e-6)

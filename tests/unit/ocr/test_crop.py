import numpy as np

from vislex.ocr.crop import MAX_CROP_WIDTH_PX, cut_crops


def quad(left: int, top: int, right: int, bottom: int) -> np.ndarray:  # type: ignore[type-arg]
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return np.array([corners], np.float32)


def test_a_crop_keeps_its_ratio_and_shows_its_quad() -> None:
    pixels = np.zeros((96, 320, 3), np.uint8)
    pixels[20:44, 30:130] = (10, 20, 30)
    (crop,) = cut_crops(pixels, quad(30, 20, 130, 44))
    assert crop.shape == (48, 200, 3)
    assert (crop[2:-2, 2:-2] == (10, 20, 30)).all()


def test_vertical_text_is_turned_to_read_from_the_left() -> None:
    pixels = np.zeros((320, 96, 3), np.uint8)
    pixels[20:70, 30:54] = 200  # the upper half
    (crop,) = cut_crops(pixels, quad(30, 20, 54, 120))
    assert crop.shape == (48, 200, 3)
    # Turned against the clock, as RapidOCR does: what was above is left.
    assert crop[:, :90].min() == 200
    assert crop[:, 110:].max() == 0


def test_a_hair_line_is_squeezed_to_the_widest_crop() -> None:
    (crop,) = cut_crops(np.zeros((32, 960, 3), np.uint8), quad(10, 10, 950, 14))
    assert crop.shape == (48, MAX_CROP_WIDTH_PX, 3)


def test_no_quads_give_no_crops() -> None:
    assert cut_crops(np.zeros((32, 32, 3), np.uint8), np.zeros((0, 4, 2), np.float32)) == []

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from vislex.infer import Infer
from vislex.ocr import read_text
from vislex.ocr.canvas import make_canvas
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


@pytest.mark.parametrize("degrees", [-25, -15, -8, 0, 8, 15, 25])
def test_vertical_text_reads_from_the_top_whichever_side_it_leans_to(
    degrees: int, infer: Infer, characters: tuple[str, ...]
) -> None:
    line = Image.new("RGB", (420, 60), "white")
    words, font = "Payment history 2026", ImageFont.load_default(32)
    ImageDraw.Draw(line).text((20, 10), words, fill="black", font=font)
    page = Image.new("RGB", (640, 640), "white")
    page.paste(line.rotate(-90, expand=True), (290, 110))  # clockwise: it begins at the top
    leaning = page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")
    (found,) = read_text([make_canvas(np.asarray(leaning))], infer, characters)
    assert [one.text.strip() for one in found] == [words]


def test_a_line_that_rises_at_a_slope_keeps_its_way() -> None:
    """60 degrees from level is not vertical: it reads from its foot, as a slanted line does."""
    pixels = np.zeros((400, 400, 3), np.uint8)
    foot, top = np.array([100, 340]), np.array([100 + 130, 340 - 225])
    across = np.array([20.8, 12.0])  # at a right angle to it
    cv2.line(pixels, (foot + across / 2).astype(int).tolist(), (165 + 10, 228 + 6), (200,) * 3, 40)
    corners = np.array([[foot, top, top + across, foot + across]], np.float32)
    (crop,) = cut_crops(pixels, corners)
    assert crop[:, : crop.shape[1] // 3].min() == 200  # its foot is drawn, and is on the left
    assert crop[:, -crop.shape[1] // 3 :].max() == 0

"""read_text over a stand-in for both models: what is painted in one grey is one character."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vislex.contract.images import CANVAS, CHARACTER, CHARACTER_SCORE, CROPS, OCR_DET, TEXT_MAP
from vislex.contract.spec import ModelSpec, Tensors
from vislex.errors import ModelFailed
from vislex.ocr import MAX_LINES, Canvas, Line, read_text
from vislex.ocr.canvas import make_canvas
from vislex.ocr.lines import encode_lines

CHARACTERS = "abcdefghijklmnopqrstuvwxyz"
GREY = 9  # class k is painted in grey 9 k, so that blurred edges do not reach a whole class


def reads_greys(model: ModelSpec, inputs: Tensors, /) -> Tensors:
    if model is OCR_DET:
        assert len(inputs[CANVAS.name]) == 1
        return {TEXT_MAP.name: (inputs[CANVAS.name][..., 0] > 0).astype(np.float32)}
    middle = inputs[CROPS.name][:, 24].max(axis=(1, 2))
    classes = np.repeat((middle[:, None] // GREY).astype(np.int32), 4, axis=1)
    scores = np.where(classes == len(CHARACTERS), 0.4, 0.9).astype(np.float32)
    return {CHARACTER.name: classes, CHARACTER_SCORE.name: scores}


def painted(*bars: tuple[str, int, int], height: int = 192, width: int = 320) -> Canvas:
    """A canvas of half the image's size with a bar of 60 x 14 px per (character, x, y)."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for character, x, y in bars:
        pixels[y : y + 14, x : x + 60] = GREY * (1 + CHARACTERS.index(character))
    return Canvas(pixels, np.array([2, 2], np.float32))


def texts(lines: tuple[Line, ...]) -> str:
    return "".join(line.text for line in lines)


def test_lines_come_in_reading_order_and_px_of_the_image() -> None:
    (lines,) = read_text(
        [painted(("c", 20, 100), ("b", 180, 22), ("a", 20, 20))], reads_greys, CHARACTERS
    )
    assert texts(lines) == "abc"
    for line, (x, y) in zip(lines, [(20, 20), (180, 22), (20, 100)], strict=True):
        (left, top), _, (right, bottom), _ = line.quad
        assert line.score == pytest.approx(0.9)
        assert x - 10 < left / 2 <= x < x + 60 <= right / 2 < x + 70  # canvas px are half as many
        assert y - 10 < top / 2 <= y < y + 14 <= bottom / 2 < y + 24


def test_a_batch_of_mixed_shapes_reads_as_each_alone() -> None:
    rng = np.random.default_rng(3)
    canvases = [
        painted(
            *((CHARACTERS[rng.integers(25)], 20 + 100 * column, 20 + 50 * row)
              for row in range(3) for column in range(rng.integers(0, 3))),
            height=(192, 224)[i % 2],
        )
        for i in range(19)
    ]  # fmt: skip
    together = read_text(canvases, reads_greys, CHARACTERS)
    alone = [read_text([canvas], reads_greys, CHARACTERS)[0] for canvas in canvases]
    assert together == alone
    assert len({texts(lines) for lines in together}) > 8


def test_no_text_and_no_canvas_are_results() -> None:
    assert read_text([painted(), painted(("a", 20, 20))], reads_greys, CHARACTERS)[0] == ()
    assert read_text([], reads_greys, CHARACTERS) == []


def test_uncertain_lines_are_dropped() -> None:
    (lines,) = read_text([painted(("a", 20, 20), ("z", 20, 100))], reads_greys, CHARACTERS)
    assert texts(lines) == "a"


def test_of_too_many_lines_the_first_are_read() -> None:
    pixels = np.zeros((960, 640, 3), np.uint8)
    for y in range(4, 940, 24):
        for x in range(8, 600, 64):
            pixels[y : y + 6, x : x + 30] = GREY
    (lines,) = read_text([Canvas(pixels, np.ones(2, np.float32))], reads_greys, CHARACTERS)
    assert len(lines) == MAX_LINES
    assert max(line.quad[2][1] for line in lines) < 24 * 21  # ten a row, so twenty rows


@pytest.mark.parametrize("shape", [(1, 1), (3, 5000), (5000, 3), (20_000, 10), (31, 33)])
@pytest.mark.parametrize("grey", [0, GREY])
def test_tiny_and_extreme_images_can_be_read(shape: tuple[int, int], grey: int) -> None:
    canvas = make_canvas(np.full((*shape, 3), grey, np.uint8))
    (lines,) = read_text([canvas], reads_greys, CHARACTERS)
    corners = np.array([line.quad for line in lines]).reshape(-1, 2)
    assert texts(lines) == ("a" if grey else "")
    assert ((corners >= 0) & (corners <= shape[::-1])).all()
    assert encode_lines(lines)


def test_pixels_may_be_read_only() -> None:
    canvas = painted(("a", 20, 20))
    canvas.pixels.flags.writeable = False
    assert texts(read_text([canvas], reads_greys, CHARACTERS)[0]) == "a"


def test_a_map_of_another_shape_is_a_failed_model() -> None:
    def halves(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        found: NDArray[np.float32] = reads_greys(model, inputs)[TEXT_MAP.name][:, ::2]
        return {TEXT_MAP.name: found}

    with pytest.raises(ModelFailed, match=r"answered \(1, 96, 320\); expected \(1, 192, 320\)"):
        read_text([painted()], halves, CHARACTERS)


def test_a_failing_model_is_not_an_empty_page() -> None:
    def fails(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        raise ModelFailed("down")

    with pytest.raises(ModelFailed, match="down"):
        read_text([painted()], fails, CHARACTERS)

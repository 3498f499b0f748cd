"""From crops to text, each stage of reading equals RapidOCR's own, and so does what it all reads.

`python -m tests.parity.test_rapidocr_text` prints the character error rate over all sample images.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from export.ocr.ppocr import export_ocr
from tests.parity.rapidocr import (
    in_bgr,
    open_sample,
    reference,
    reference_lines,
    reference_map,
    sample_images,
)  # fmt: skip
from vislex.contract.images import CHARACTER, CHARACTER_SCORE, CROP_WIDTH, CROPS, OCR_REC
from vislex.contract.spec import ModelSpec, Tensors
from vislex.infer import Infer
from vislex.infer.repository import open_infer
from vislex.ocr import read_text
from vislex.ocr.canvas import make_canvas
from vislex.ocr.characters import read_characters
from vislex.ocr.crop import cut_crops
from vislex.ocr.detect import quads_from_map
from vislex.ocr.recognize import read_crops

MAX_CER = 0.005  # over all text; what differs comes from padding crops to other widths
WIDTH_PX = 480


@pytest.fixture(scope="module")
def crops() -> Tensors:
    """A batch of real crops of many widths, with noise where they are padded."""
    pixels = make_canvas(open_sample(sample_images(1)[0])).pixels
    text_map = reference_map(pixels)
    cut = cut_crops(pixels, quads_from_map(text_map, text_map.shape).quads)
    cut = [crop for crop in cut if crop.shape[1] <= WIDTH_PX]
    shape = (len(cut), 48, WIDTH_PX, 3)
    padded = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for row, crop in zip(padded, cut, strict=True):
        row[:, : crop.shape[1]] = crop
    widths = np.array([[crop.shape[1]] for crop in cut], np.int32)
    return {CROPS.name: padded, CROP_WIDTH.name: widths}


def test_recogniser_answers_the_references_best_classes(infer: Infer, crops: Tensors) -> None:
    """Nothing beyond CROP_WIDTH is seen: the reference has zeros there, our crops have noise."""
    planes = in_bgr(crops[CROPS.name]).transpose(0, 3, 1, 2).astype(np.float32)
    planes = (planes / 255 - 0.5) / 0.5
    for row, width in zip(planes, crops[CROP_WIDTH.name][:, 0], strict=True):
        row[:, :, width:] = 0
    expected = reference().text_rec.session(planes)[0]
    assert len(expected) > 10
    assert (expected.argmax(axis=2) > 0).any(axis=1).all()  # there is text in each
    found = infer(OCR_REC, crops)
    np.testing.assert_array_equal(found[CHARACTER.name], expected.argmax(axis=2))
    np.testing.assert_allclose(found[CHARACTER_SCORE.name], expected.max(axis=2), atol=1e-4)


def test_characters_are_the_references(characters: Sequence[str]) -> None:
    assert ["blank", *characters] == reference().text_rec.postprocess_op.character


def test_ctc_decodes_as_the_reference(characters: Sequence[str]) -> None:
    rng = np.random.default_rng(0)
    scores = rng.uniform(0, 1, (4, 40, len(characters) + 1)).astype(np.float32)
    scores[:, :, 0] += rng.choice([0, 1], (4, 40))  # blanks
    scores[:, 1::3] = scores[:, 0:39:3]  # runs

    def answers(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        best = scores.argmax(axis=2).astype(np.int32)
        return {CHARACTER.name: best, CHARACTER_SCORE.name: scores.max(axis=2)}

    found = read_crops([np.zeros((48, 320, 3), np.uint8)] * 4, answers, characters)
    expected = reference().text_rec.postprocess_op(scores)
    assert [text for text, _ in found] == [text for text, _ in expected]
    np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], rtol=1e-5)


def differing_characters(
    paths: Sequence[Path], infer: Infer, characters: Sequence[str]
) -> tuple[int, int]:
    """Edits between our text of the images and the reference's, and how long the latter is.

    Line by line, each with the one in the same place: the order of lines is not compared here.
    """
    edits = length = 0
    for path in paths:
        image = open_sample(path)
        (lines,) = read_text([make_canvas(image)], infer, characters)
        ours = [(np.array(line.quad), line.text) for line in lines]
        for quad, text in reference_lines(image):
            length += len(text) + 1
            here = next((i for i, (q, _) in enumerate(ours) if np.abs(q - quad).max() < 2), None)
            edits += len(text) if here is None else Levenshtein.distance(ours.pop(here)[1], text)
        edits += sum(len(text) for _, text in ours)
    return edits, length


@pytest.mark.parametrize("count", [12, pytest.param(40, marks=pytest.mark.long)])
def test_text_is_the_references(infer: Infer, characters: Sequence[str], count: int) -> None:
    edits, length = differing_characters(sample_images(count), infer, characters)
    assert length > 100 * count
    assert edits <= MAX_CER * length


TEXTS = [  # a large amount with its unit and a link; then rows, names on the left
    [("71800", 40, 60, 64), ("yuan", 260, 92, 26), ("details", 660, 80, 30)],
    [("Statement", 40, 190, 34), ("March", 690, 196, 26)],
    [("Interest", 40, 270, 34), ("none", 690, 276, 26)],
    [("Next due", 40, 350, 34), ("Friday", 690, 356, 26)],
    [("Account holder", 40, 430, 34)],
    [("Support", 40, 510, 34), ("online", 690, 516, 26)],
]


@pytest.mark.parametrize("tilt_deg", [-5, -3, -1.5, 0, 1.5, 3, 5])
def test_a_drawn_page_is_read_in_its_order(
    infer: Infer, characters: Sequence[str], tilt_deg: float
) -> None:
    page = Image.new("RGB", (860, 640), "white")
    for text, x, y, size_px in (text for row in TEXTS for text in row):
        font = ImageFont.load_default(size_px)
        ImageDraw.Draw(page).text((x, y), text, fill="black", font=font)
    turned = page.rotate(-tilt_deg, Image.Resampling.BICUBIC, fillcolor="white")
    (lines,) = read_text([make_canvas(np.asarray(turned))], infer, characters)
    expected = [text for row in TEXTS for text, *_ in row]
    assert [line.text.replace(" ", "") for line in lines] == [
        text.replace(" ", "") for text in expected
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as written:
        repository = Path(written)
        export_ocr(repository)
        images = sample_images(10_000)
        edits, length = differing_characters(
            images, open_infer(repository), read_characters(repository)
        )
    print(f"{len(images)} images, {length} characters, {edits} edits, CER {edits / length:.4%}")

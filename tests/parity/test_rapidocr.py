"""From image to crops, each stage of reading equals RapidOCR's own."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.parity.rapidocr import (
    in_bgr,
    open_sample,
    reference,
    reference_crops,
    reference_map,
    reference_quads,
    sample_images,
)  # fmt: skip
from tests.reading_pages import PAGES, TILTS_DEG, quads_of, right_pairs
from vislex.contract.images import CANVAS, OCR_DET, TEXT_MAP
from vislex.infer import Infer
from vislex.ocr.canvas import Canvas, detector_pixels, make_canvas
from vislex.ocr.crop import cut_crops
from vislex.ocr.detect import quads_from_map
from vislex.ocr.rows import reading_order


@pytest.fixture(params=sample_images(10), ids=lambda path: "-".join(path.parts[-2:]))
def canvas(request: pytest.FixtureRequest) -> Canvas:
    return make_canvas(open_sample(request.param))


@pytest.mark.parametrize(
    ("height", "width"), [(2400, 1080), (1080, 2400), (1233, 901), (20, 600), (817, 350)]
)
def test_canvas_is_the_references(height: int, width: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    expected, *_ = reference().preprocess(image)
    np.testing.assert_array_equal(make_canvas(image).pixels, expected)


def test_map_is_the_references(infer: Infer, canvas: Canvas) -> None:
    (found,) = infer(OCR_DET, {CANVAS.name: canvas.pixels[None]})[TEXT_MAP.name]
    # The inputs differ by 1e-7, which some 60 convolutions amplify to 3e-5 at most.
    np.testing.assert_allclose(found, reference_map(canvas.pixels), atol=1e-4)


def test_quads_are_the_references(canvas: Canvas) -> None:
    text_map = reference_map(canvas.pixels)
    expected = reference_quads(text_map, text_map.shape)
    assert len(expected) > 5
    np.testing.assert_array_equal(quads_from_map(text_map, text_map.shape).quads, expected)


@pytest.mark.parametrize("size", [(817, 350), (736, 331), (873, 407)])
def test_quads_of_a_canvas_of_any_size_are_the_references(size: tuple[int, int]) -> None:
    """What fits is not resized, but the detector sees multiples of 32."""
    pixels = cv2.resize(open_sample(sample_images(1)[0]), size[::-1], interpolation=cv2.INTER_AREA)
    found = make_canvas(np.asarray(pixels, np.uint8))
    np.testing.assert_array_equal(found.pixels, pixels)
    text_map = reference_map(found.pixels)
    assert detector_pixels(found).shape[:2] == text_map.shape
    expected = reference_quads(text_map, size)
    assert len(expected) > 5
    np.testing.assert_array_equal(quads_from_map(text_map, size).quads, expected)


@pytest.mark.parametrize("seed", range(20))
def test_quads_of_odd_shapes_are_the_references(seed: int) -> None:
    """Tilted, thin, touching and cut-off blobs, more and less probable."""
    rng = np.random.default_rng(seed)
    text_map = rng.uniform(0, 0.25, (320, 448)).astype(np.float32)
    for _ in range(60):
        centre, size = rng.uniform(-20, 460, 2).tolist(), rng.uniform(1, 60, 2).tolist()
        corners = cv2.boxPoints((centre, size, float(rng.choice([0, rng.uniform(0, 90)]))))
        cv2.fillPoly(text_map, [corners.astype(np.int32)], (float(rng.uniform(0.3, 1)),))
    expected = reference_quads(text_map, text_map.shape)
    assert len(expected) > 5
    np.testing.assert_array_equal(quads_from_map(text_map, text_map.shape).quads, expected)


def test_scores_belong_to_their_quads(canvas: Canvas) -> None:
    text_map = reference_map(canvas.pixels)
    _, expected = reference().text_det.postprocess_op(text_map[None, None], text_map.shape)
    np.testing.assert_allclose(quads_from_map(text_map, text_map.shape).scores, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("page", "theirs"),
    [
        ("amount", 0.52),
        ("list", 0.44),
        ("newspaper", 0.03),
        ("notes", 0.11),
        ("chat", 1.0),
        ("bill", 0.29),
    ],
)
def test_reading_order_is_better_than_the_references(page: str, theirs: float) -> None:
    """Neighbours right on pages laid out by hand, upright and tilted to either side."""
    boxes = PAGES[page]
    pages = [quads_of(boxes, tilt_deg) for tilt_deg in TILTS_DEG]
    wanted = len(pages) * (len(boxes) - 1)
    ours = sum(right_pairs(reading_order(quads).tolist()) for quads in pages)
    reference_order = [places_in(quads, reference().sorted_boxes(quads)) for quads in pages]
    assert ours / wanted >= 0.98
    assert sum(map(right_pairs, reference_order)) / wanted == pytest.approx(theirs, abs=0.01)


def places_in(quads: NDArray[np.float32], ordered: Sequence[NDArray[np.float32]]) -> list[int]:
    """Where each of the ordered quads stands among `quads`."""
    return [int(np.abs(quads - quad).sum(axis=(1, 2)).argmin()) for quad in ordered]


@pytest.mark.parametrize("shape", ["found", "tilted", "narrow"])
def test_crops_are_the_references(canvas: Canvas, shape: str) -> None:
    text_map = reference_map(canvas.pixels)
    quads = quads_from_map(text_map, text_map.shape).quads
    if shape == "tilted":
        quads += np.random.default_rng(0).uniform(-2, 2, quads.shape).astype(np.float32)
    if shape == "narrow":  # so that they are turned
        quads[:, [1, 2], 0] = quads[:, [0, 3], 0] + 5
    found, expected = cut_crops(canvas.pixels, quads), reference_crops(canvas.pixels, quads)
    for crop, planes in zip(found, expected, strict=True):
        width = crop.shape[1]
        shown = np.rint((planes.transpose(1, 2, 0)[:, :width] + 1) * 127.5)
        np.testing.assert_array_equal(in_bgr(crop), shown)
        assert not planes[:, :, width:].any()  # the reference's crop ends there, too

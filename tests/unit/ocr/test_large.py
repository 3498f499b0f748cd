"""Large pictures of sample screens, read and classified by the real models."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.images import SAMPLES, encoded
from tests.large_pictures import on_desktop, stretched
from vislex.contract.images import CANVAS, CROPS, OCR_DET
from vislex.contract.spec import ModelSpec, Tensors
from vislex.images.observe import Models
from vislex.infer import Infer
from vislex.ocr import Page, read_pages
from vislex.ocr.canvas import make_canvas
from vislex.ocr.large import is_large_canvas
from vislex.screens.classify import classify
from vislex.screens.gallery import Gallery

LABELS = ("ayh_amount", "zsyh_amount_detail")


def screen(label: str) -> Image.Image:
    return Image.open(next(iter(sorted((SAMPLES / "queries" / label).iterdir())))).convert("RGB")


def page_of(image: Image.Image, infer: Infer, characters: Sequence[str]) -> Page:
    return read_pages([make_canvas(np.asarray(image))], infer, characters)[0]


def words(page: Page) -> list[str]:
    return ["".join(c for c in line.text if c.isalnum()) for line in page.lines]


@pytest.fixture(scope="module", params=LABELS)
def label(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("times", [2, 4, 8])
def test_a_long_screenshot_is_read_whole(
    infer: Infer, characters: Sequence[str], label: str, times: int
) -> None:
    plain = page_of(screen(label), infer, characters)
    found = page_of(stretched(screen(label), times), infer, characters)
    assert found.reading == plain.reading == "full"
    assert len(set(words(plain)) & set(words(found))) >= 0.85 * len(set(words(plain)))
    low = [line for line in found.lines if line.quad[0][1] > 0.75 * times * screen(label).height]
    assert len(low) >= times  # to the very end


@pytest.mark.parametrize("plain", [True, False])
def test_a_phone_on_a_desktop_of_4k_is_read(
    infer: Infer, characters: Sequence[str], label: str, plain: bool
) -> None:
    expected = set(words(page_of(screen(label), infer, characters)))
    found = page_of(on_desktop(screen(label), plain=plain), infer, characters)
    assert len(expected & set(words(found))) >= 0.75 * len(expected)
    quads = np.array([line.quad for line in found.lines])
    assert quads[..., 0].min() >= 1690
    assert quads[..., 1].max() <= 1110  # where the phone is, in px of the desktop


@pytest.mark.parametrize("times", [2, 4, 8])
def test_a_long_screenshot_of_a_known_screen_is_known(
    infer: Infer, characters: Sequence[str], gallery: Gallery, label: str, times: int
) -> None:
    data = encoded(stretched(screen(label), times))
    (found,) = classify([data], Models(infer, characters, gallery.recipe.dim), gallery)
    assert (found.label, found.decision, found.reading) == (label, "known", "full")


@pytest.mark.parametrize("plain", [True, False])
def test_a_known_screen_on_a_desktop_of_4k_is_known(
    infer: Infer, characters: Sequence[str], gallery: Gallery, label: str, plain: bool
) -> None:
    data = encoded(on_desktop(screen(label), plain=plain))
    (found,) = classify([data], Models(infer, characters, gallery.recipe.dim), gallery)
    assert (found.label, found.decision) == (label, "known")


DETECTOR_MS_PER_PX = 47.5 / (960 * 544)  # docs/ocr.md, a quiet machine
RECOGNISER_MS_PER_PX = 0.0065  # of a crop's width


@pytest.mark.parametrize("make", [lambda s: stretched(s, 8), lambda s: on_desktop(s, plain=False)])
def test_reading_takes_at_most_twice_the_time_a_megapixel(
    infer: Infer, characters: Sequence[str], make: Callable[[Image.Image], Image.Image]
) -> None:
    """By what the models are given to do: no clock is asked."""

    def work(image: Image.Image) -> float:
        ms = 0.0

        def counts(model: ModelSpec, inputs: Tensors, /) -> Tensors:
            nonlocal ms
            if model is OCR_DET:
                ms += DETECTOR_MS_PER_PX * float(np.prod(inputs[CANVAS.name].shape[:3]))
            else:
                ms += (
                    RECOGNISER_MS_PER_PX * inputs[CROPS.name].shape[0] * inputs[CROPS.name].shape[2]
                )
            return infer(model, inputs)

        page_of(image, counts, characters)
        return ms / (image.width * image.height)

    assert work(make(screen(LABELS[0]))) <= 2 * work(screen(LABELS[0]))


def test_text_that_is_too_small_is_partial_and_not_made_up(
    infer: Infer, characters: Sequence[str]
) -> None:
    tiny = screen(LABELS[0]).resize((216, 384), Image.Resampling.LANCZOS)
    page = page_of(tiny, infer, characters)
    assert page.reading == "partial"
    assert all(line.score >= 0.85 for line in page.lines)


def test_common_screens_are_read_in_full_on_one_canvas() -> None:
    for path in sorted((SAMPLES / "queries").glob("*/00.*")):
        image = np.asarray(Image.open(Path(path)).convert("RGB"))
        assert not is_large_canvas(make_canvas(image))


def test_a_page_without_text_is_full(infer: Infer, characters: Sequence[str]) -> None:
    assert page_of(Image.new("RGB", (720, 6000), "white"), infer, characters) == Page()

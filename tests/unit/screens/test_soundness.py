"""What a version must answer before it may serve."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.unit.screens.handmade import DIM, gallery_of, loan_screens
from vislex.errors import GalleryCorrupt
from vislex.gallery.index import MOST_ALIKE, all_vectors, flat_index
from vislex.screens.calibration import Scale
from vislex.screens.gallery import Gallery
from vislex.screens.soundness import require_sound


def with_vectors(gallery: Gallery, vectors: NDArray[np.float32]) -> Gallery:
    return replace(gallery, index=flat_index(vectors))


@pytest.fixture(scope="module")
def sound() -> Gallery:
    return gallery_of(loan_screens(2))


@pytest.mark.parametrize("images", [1, 2, 6])
def test_a_gallery_of_any_size_is_sound(images: int) -> None:
    require_sound(gallery_of(loan_screens(images)))
    require_sound(gallery_of({"only": [["text"]]}))


def test_images_without_text_and_twins_are_sound(sound: Gallery) -> None:
    require_sound(gallery_of({"a": [[], []], "b": [[]]}))
    first = all_vectors(sound.index)[0]
    require_sound(with_vectors(sound, np.tile(first, (len(sound.items), 1))))


@pytest.mark.parametrize(
    "vectors",
    [
        np.zeros((12, DIM), np.float32),
        np.full((12, DIM), np.nan, np.float32),
        np.ones((12, DIM), np.float32),  # of length 4
    ],
    ids=["zeros", "not numbers", "too long"],
)
def test_vectors_that_are_not_of_length_1_are_refused(
    sound: Gallery, vectors: NDArray[np.float32]
) -> None:
    with pytest.raises(GalleryCorrupt, match="not of length 1"):
        require_sound(with_vectors(sound, vectors))


def test_an_index_that_does_not_find_what_it_gives_is_refused() -> None:
    """As one whose compressed copy is not of the vectors beside it."""
    large = gallery_of(loan_screens(2 * MOST_ALIKE))  # or all rows would be compared exactly
    vectors = all_vectors(large.index)
    index = replace(flat_index(-vectors), exact=vectors)
    with pytest.raises(GalleryCorrupt, match="do not find themselves"):
        require_sound(replace(large, index=index))


def test_a_calibration_that_gives_no_numbers_is_refused(sound: Gallery) -> None:
    calibration = replace(sound.calibration, visual=Scale(float("nan"), 0.0))
    with pytest.raises(GalleryCorrupt, match="answers its own image with score nan"):
        require_sound(replace(sound, calibration=calibration))

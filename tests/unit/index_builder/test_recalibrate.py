"""Calibrating a published gallery again: the next version, and nothing else, is different."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from index_builder.calibration.calibrate import uncalibrated
from index_builder.calibration.recalibrate import known_from, observe_others, recalibrate
from tests.images import encoded
from tests.unit.index_builder.test_build import RECIPE, build, colour_infer
from vislex.errors import InvalidInput
from vislex.gallery.index import all_vectors
from vislex.gallery.lock import locked
from vislex.screens.calibration import confidence_of
from vislex.screens.gallery import Gallery
from vislex.screens.storage import open_gallery


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A gallery of reds and blues, three of each, that differ."""
    for label, base in (("red", (200, 30, 30)), ("blue", (30, 30, 200))):
        (tmp_path / "images" / label).mkdir(parents=True)
        for i in range(3):
            colour = (base[0], base[1] + 40 * i, base[2])
            picture = encoded(Image.new("RGB", (40, 60), colour))
            (tmp_path / "images" / label / f"{i}.png").write_bytes(picture)
    build(tmp_path / "images", tmp_path / "gallery")
    return tmp_path / "gallery"


def again(root: Path, *choices: Any, **more: Any) -> str:
    with locked(root) as lock:
        return recalibrate(lock, *choices, **more)


@pytest.fixture
def gallery(root: Path) -> Gallery:
    return open_gallery(root, RECIPE)


def test_a_new_calibration_is_the_next_version(root: Path, gallery: Gallery) -> None:
    assert again(root, gallery, [], 0.25) == "v000002"
    found = open_gallery(root, RECIPE)
    assert found.calibration.false_reject_rate == 0.25
    assert list(found.items) == list(gallery.items)
    np.testing.assert_array_equal(all_vectors(found.index), all_vectors(gallery.index))


def test_known_others_change_what_is_learned(root: Path, gallery: Gallery, tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    for i in range(4):  # reds that are none of ours
        picture = encoded(Image.new("RGB", (40, 60), (220, 60 + i, 40)))
        (tmp_path / "others" / f"{i}.png").write_bytes(picture)
    others = observe_others(tmp_path / "others", colour_infer, ())
    assert len(others) == 4
    again(root, gallery, others, 0.02)
    found = open_gallery(root, RECIPE).calibration
    assert found.without_text.weights != gallery.calibration.without_text.weights


def test_a_least_confidence_is_the_threshold(root: Path, gallery: Gallery) -> None:
    again(root, gallery, [], 0.02, least_confidence=0.9)
    found = open_gallery(root, RECIPE).calibration
    assert confidence_of(found.with_text.threshold) == pytest.approx(0.9)
    assert confidence_of(found.without_text.threshold) == pytest.approx(0.9)
    learned = replace(found.without_text, threshold=gallery.calibration.without_text.threshold)
    assert learned == gallery.calibration.without_text


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 2.0])
def test_shares_outside_0_to_1_are_refused(root: Path, gallery: Gallery, share: float) -> None:
    with pytest.raises(InvalidInput, match="false-reject rate"):
        again(root, gallery, [], share)
    with pytest.raises(InvalidInput, match="least confidence"):
        known_from(uncalibrated(), share)
    assert open_gallery(root, RECIPE).version == "v000001"


def test_others_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no image"):
        observe_others(tmp_path, colour_infer, ())
    (tmp_path / "torn.jpg").write_bytes(b"torn")
    with pytest.raises(InvalidInput, match=r"torn\.jpg: not an image file"):
        observe_others(tmp_path, colour_infer, ())

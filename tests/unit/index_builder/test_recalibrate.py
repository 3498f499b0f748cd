"""Calibrating a published gallery again: what is taught and set, and that nothing else changes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index_builder.calibration.recalibrate import (
    chosen,
    observe_others,
    recalibrated,
    with_others,
    without_others,
)
from tests.unit.index_builder.coloured import MODELS, STRANGE, build, picture, run, stand_in
from tests.unit.index_builder.test_build import RECIPE
from vislex.errors import InvalidInput
from vislex.gallery.index import all_vectors
from vislex.gallery.versions import all_versions
from vislex.rows import Remarks
from vislex.screens.calibration import confidence_of, uncalibrated
from vislex.screens.gallery import Gallery
from vislex.screens.storage import open_gallery


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for label, (r, g, b) in (("red", (200, 30, 30)), ("blue", (30, 30, 200))):
        for i in range(3):  # that differ, so that one can be known by the others
            picture(tmp_path / "images" / label / f"{i}.png", (r, g + 40 * i, b), 0)
    build(tmp_path / "images", tmp_path / "gallery")
    return tmp_path / "gallery"


@pytest.fixture
def gallery(root: Path) -> Gallery:
    return open_gallery(root, RECIPE)


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """Four oranges, one of them in a subfolder, and one picture that is there twice."""
    for i in range(3):
        picture(tmp_path / "others" / f"{i}.png", STRANGE, i)
    picture(tmp_path / "others" / "deep" / "3.png", STRANGE, 3)
    picture(tmp_path / "others" / "again.png", STRANGE, 0)
    return tmp_path / "others"


def test_a_chosen_rate_is_kept_and_learned_with(gallery: Gallery) -> None:
    found = recalibrated(
        replace(gallery, calibration=chosen(gallery.calibration, 0.25, None))
    ).calibration
    assert found.false_reject_rate == 0.25
    assert found.without_text.threshold >= gallery.calibration.without_text.threshold


def test_known_others_are_kept_once_and_change_what_is_learned(
    gallery: Gallery, others: Path
) -> None:
    seen = observe_others(others, MODELS, Remarks())
    told = recalibrated(with_others(gallery, seen))
    assert sorted(told.others.items.ids) == ["0.png", "1.png", "2.png", "deep/3.png"]
    assert set(told.others.items.labels) == {"other"}
    assert told.calibration.without_text.weights != gallery.calibration.without_text.weights
    assert with_others(told, seen).others is told.others
    fewer = without_others(told, ["0.png"])
    assert sorted(fewer.others.items.ids) == ["1.png", "2.png", "deep/3.png"]
    np.testing.assert_allclose(np.linalg.norm(fewer.others.vectors, axis=1), 1, atol=1e-5)
    forgot = recalibrated(without_others(told, []))
    assert len(forgot.others) == 0
    assert forgot.calibration == gallery.calibration
    with pytest.raises(InvalidInput, match=r"knows no none\.png"):
        without_others(told, ["none.png"])


def test_an_image_of_a_label_is_not_known_to_be_other(
    gallery: Gallery, others: Path, tmp_path: Path
) -> None:
    (others / "4.png").write_bytes((tmp_path / "images" / "red" / "2.png").read_bytes())
    with pytest.raises(InvalidInput, match=r"4\.png is the same file as red/2\.png of the gallery"):
        with_others(gallery, observe_others(others, MODELS, Remarks()))


def test_a_least_confidence_is_the_threshold(gallery: Gallery) -> None:
    draft = replace(gallery, calibration=chosen(gallery.calibration, 0.02, 0.9))
    found = recalibrated(draft).calibration
    assert confidence_of(found.with_text.threshold) == pytest.approx(0.9)
    assert confidence_of(found.without_text.threshold) == pytest.approx(0.9)
    learned = replace(found.without_text, threshold=gallery.calibration.without_text.threshold)
    assert learned == gallery.calibration.without_text


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 2.0, float("nan")])
def test_shares_outside_0_to_1_are_refused(share: float) -> None:
    with pytest.raises(InvalidInput, match="false-reject rate"):
        chosen(uncalibrated(), share, None)
    with pytest.raises(InvalidInput, match="least confidence"):
        chosen(uncalibrated(), 0.02, share)


def test_others_that_cannot_be_read_are_left_out_and_named(tmp_path: Path, others: Path) -> None:
    (others / "torn.jpg").write_bytes(b"torn")
    (others / "a.jp2").write_bytes(b"x")
    remarks = Remarks()
    assert len(observe_others(others, MODELS, remarks).items) == 5
    assert sorted(one.name for one in remarks.left_out) == ["a.jp2", "torn.jpg"]
    (tmp_path / "none").mkdir()
    with pytest.raises(InvalidInput, match="holds no image"):
        observe_others(tmp_path / "none", MODELS, Remarks())
    (tmp_path / "none" / "torn.jpg").write_bytes(b"torn")
    with pytest.raises(InvalidInput, match=r"torn\.jpg: not an image file"):
        observe_others(tmp_path / "none", MODELS, Remarks())


def test_a_wrong_place_is_named_for_what_it_is(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch)
    file, nowhere = tmp_path / "README.md", tmp_path / "nowhere"
    file.write_text("a note")
    said = run(capsys, nowhere, "calibrate", "--others", str(file), status=1)
    assert f"no gallery at {nowhere}" in said  # before anything else is looked at
    said = run(capsys, root, "calibrate", "--others", str(file), status=1)
    assert f"{file} is a file; expected a folder of images" in said
    said = run(capsys, root, "calibrate", "--others", str(nowhere), status=1)
    assert f"there is no folder {nowhere}; expected a folder of images" in said


def test_the_command_changes_what_it_names_and_keeps_the_rest(
    root: Path, others: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch)
    before = open_gallery(root, RECIPE)

    def state() -> tuple[int, float, float | None]:
        found = open_gallery(root, RECIPE)
        assert list(found.items) == list(before.items)
        np.testing.assert_array_equal(all_vectors(found.index), all_vectors(before.index))
        calibration = found.calibration
        return len(found.others), calibration.false_reject_rate, calibration.least_confidence

    said = run(
        capsys, root, "calibrate", "--others", str(others), "--least-confidence", "0.99"
    )  # fmt: skip
    assert "v000002 published, calibrated with 4 others" in said
    assert "4 known others, known from confidence 0.99" in said
    assert state() == (4, 0.02, 0.99)
    run(capsys, root, "calibrate", "--false-reject-rate", "0.1")
    assert state() == (4, 0.1, 0.99)
    run(capsys, root, "calibrate")
    assert state() == (4, 0.1, 0.99)
    run(capsys, root, "calibrate", "--least-confidence", "none")
    assert state() == (4, 0.1, None)
    run(capsys, root, "calibrate", "--forget-others", "2.png")
    assert state() == (3, 0.1, None)
    run(capsys, root, "calibrate", "--forget-others", "--others", str(others))
    assert state() == (4, 0.1, None)
    run(capsys, root, "calibrate", "--forget-others")
    run(capsys, root, "calibrate", "--false-reject-rate", "none")
    assert state() == (0, 0.02, None)
    assert open_gallery(root, RECIPE).calibration == before.calibration
    versions = all_versions(root)
    for words, status in (
        (["--least-confidence", "high"], 2), (["--least-confidence", "1"], 2),
        (["--false-reject-rate", "0"], 2), (["--forget-others", "x"], 1),
    ):  # fmt: skip
        run(capsys, root, "calibrate", *words, status=status)
    assert all_versions(root) == versions

"""The measuring command on a gallery whose right answers are known beforehand."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from training.encoder.baselines import thumbnail
from training.encoder.judge import leave_one_out, read_folders, read_samples, top_1
from vislex.errors import RepositoryError

RED, DARK_RED, BLUE = (200, 20, 20), (120, 10, 10), (20, 20, 200)


def picture(path: Path, colour: tuple[int, int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 80), colour).save(path)


def hue(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(image.mean(axis=(0, 1)), np.float32)


def samples(tmp_path: Path) -> Path:
    rows = [
        ("gallery/a/0.png", "a", "gallery", RED),
        ("gallery/b/0.png", "b", "gallery", BLUE),
        ("queries/a/0.png", "a", "queries", DARK_RED),
        ("queries/b/0.png", "b", "queries", RED),  # nearest is a: wrong
        ("queries/other/0.png", "other", "queries", BLUE),  # has no label to find: not counted
    ]
    for path, _, _, colour in rows:
        picture(tmp_path / path, colour)
    images = [{"path": path, "label": label, "split": split} for path, label, split, _ in rows]
    (tmp_path / "manifest.json").write_text(json.dumps({"images": images}))
    return tmp_path


def test_top_1_counts_known_queries_only(tmp_path: Path) -> None:
    root = samples(tmp_path)
    assert top_1(hue, read_samples(root, "gallery"), read_samples(root, "queries")) == 0.5


def test_leave_one_out_never_finds_the_image_itself(tmp_path: Path) -> None:
    for path, colour in (
        ("a/cur_0.png", RED), ("a/cur_1.png", DARK_RED), ("b/cur_0.png", BLUE), ("b/old.png", BLUE),
    ):  # fmt: skip
        picture(tmp_path / path, colour)
    images = read_folders(tmp_path, "cur_")
    assert list(images.labels) == ["a", "a", "b"]
    assert leave_one_out(hue, images) == pytest.approx(2 / 3)  # b's only other image is left out


def test_missing_images_are_named(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="cur_"):
        read_folders(tmp_path, "cur_")
    with pytest.raises(RepositoryError, match=r"manifest\.json"):
        read_samples(tmp_path, "gallery")


def test_a_thumbnail_is_32_rows_of_16_pixels_about_their_mean() -> None:
    image = np.zeros((64, 32, 3), np.uint8)
    image[:32] = 100  # upper half
    found = thumbnail(image).reshape(32, 16, 3)
    np.testing.assert_allclose(found[:16], 50.0, atol=0.01)
    np.testing.assert_allclose(found[16:], -50.0, atol=0.01)

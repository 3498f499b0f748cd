"""Pixels in memory are encoded without loss, by numpy and zlib alone or by Pillow itself."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from vislex_client import InvalidImage
from vislex_client.images import image_bytes

PIXELS = np.random.default_rng(7).integers(0, 256, (37, 23, 4), np.uint8)


def opened(encoded: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(encoded), formats=["PNG"])
    image.load()
    return image


@pytest.mark.parametrize(
    "pixels",
    [PIXELS, PIXELS[..., :3], PIXELS[..., 0], PIXELS[..., :1], PIXELS[:1, :1, :3],
     PIXELS[::-2, ::3, :3], PIXELS[..., 2::-1].transpose(1, 0, 2)],
    ids=lambda pixels: str(pixels.shape),
)  # fmt: skip
def test_an_array_is_read_back_as_it_was(pixels: NDArray[np.uint8]) -> None:
    read = np.asarray(opened(image_bytes(pixels)))
    np.testing.assert_array_equal(read.reshape(pixels.shape), pixels)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 4, 2), np.uint8), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 3), np.uint16),
     np.zeros(4, np.uint8), np.zeros((1, 4, 4, 3), np.uint8), np.zeros((4, 4), bool),
     np.zeros((4, 4, 3)), np.array(7, np.uint8)],
    ids=lambda pixels: f"{pixels.dtype}{pixels.shape}",
)  # fmt: skip
def test_an_array_that_is_no_picture_is_refused(pixels: NDArray[Any]) -> None:
    with pytest.raises(InvalidImage, match=r"an array of .*; expected uint8"):
        image_bytes(pixels)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK", "YCbCr"])
def test_a_pillow_image_arrives_as_it_looks(mode: str) -> None:
    pixels = Image.fromarray(PIXELS[..., :3])
    image = (pixels.convert("L") if mode == "I;16" else pixels).convert(mode)
    screen = image.convert("RGB").convert("RGBA") if mode in ("CMYK", "YCbCr") else image
    sent = opened(image_bytes(image))
    assert sent.convert("RGBA") == screen.convert("RGBA")


def test_a_pillow_photo_keeps_the_way_it_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turned by 90 degrees
    Image.fromarray(PIXELS[..., :3]).save(tmp_path / "photo.jpg", exif=exif)
    with Image.open(tmp_path / "photo.jpg") as photo:
        assert opened(image_bytes(photo)).getexif()[0x0112] == 6


def test_a_pillow_image_of_a_torn_file_is_an_image_error() -> None:
    whole = io.BytesIO()
    Image.fromarray(PIXELS[..., :3]).save(whole, "PNG")
    with Image.open(io.BytesIO(whole.getvalue()[:600])) as torn, pytest.raises(InvalidImage):
        image_bytes(torn)

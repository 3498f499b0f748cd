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


@pytest.mark.parametrize("mode", ["PA", "RGBa", "La"])
def test_transparency_of_unusual_modes_arrives(mode: str) -> None:
    alpha = Image.new("L", (4, 4), 255)
    alpha.paste(0, (2, 0, 4, 4))  # the right half
    image = Image.new("RGB", (4, 4), (200, 100, 50))
    if mode == "PA":
        image = image.quantize(4)
    image.putalpha(alpha)
    if mode != "PA":
        image = image.convert("LA").convert("La") if mode == "La" else image.convert("RGBa")
    assert image.mode == mode
    sent = np.asarray(opened(image_bytes(image)).convert("RGBA"))
    np.testing.assert_array_equal(sent[..., 3], np.asarray(alpha))
    expected = (124, 124, 124) if mode == "La" else (200, 100, 50)  # the luma of that colour
    assert np.abs(sent[:, :2, :3].astype(int) - expected).max() <= 1


def test_32_bit_grey_is_taken_by_its_values() -> None:
    grey = Image.fromarray(PIXELS[..., 0])
    sent = np.asarray(opened(image_bytes(grey.convert("I"))))
    np.testing.assert_array_equal(sent, PIXELS[..., 0])  # as Pillow's own conversion back
    wide = PIXELS[..., 0].astype(np.int32) * 257  # 16 bits in a mode of 32
    np.testing.assert_array_equal(np.asarray(opened(image_bytes(Image.fromarray(wide)))), wide)


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L"])
def test_16_bit_grey_arrives_in_any_order_of_bytes(mode: str) -> None:
    grey = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    raw = grey.astype(">u2" if mode == "I;16B" else "<u2").tobytes()
    sent = opened(image_bytes(Image.frombytes(mode, (16, 16), raw)))
    np.testing.assert_array_equal(np.asarray(sent), grey)


@pytest.mark.parametrize("values", [[[-1, 5]], [[0, 65536]]])
def test_32_bit_grey_that_does_not_say_what_is_white_is_refused(values: list[list[int]]) -> None:
    with pytest.raises(InvalidImage, match=r"32-bit pixels from .* expected 8 or 16 bits"):
        image_bytes(Image.fromarray(np.array(values, np.int32)))


def test_floating_point_grey_is_refused() -> None:
    with pytest.raises(InvalidImage, match="floating-point"):
        image_bytes(Image.fromarray(np.ones((4, 4), np.float32)))


def test_a_pillow_image_that_was_turned_by_hand_is_not_turned_again(tmp_path: Path) -> None:
    """What is made of an opened photo carries its EXIF on, and shows what its pixels show."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PIXELS[..., :3]).save(tmp_path / "photo.png", exif=exif)
    with Image.open(tmp_path / "photo.png") as photo:
        turned = photo.transpose(Image.Transpose.ROTATE_270)
    assert turned.getexif()[0x0112] == 6
    sent = opened(image_bytes(turned))
    assert 0x0112 not in sent.getexif()
    np.testing.assert_array_equal(np.asarray(sent), np.asarray(turned))


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

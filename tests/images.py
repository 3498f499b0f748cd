"""Image files, good, odd and bad, made in memory; the same ones test the decoder and the server."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SAMPLES = Path(__file__).parents[1] / "samples"


def encoded(image: Image.Image, file_format: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def top_of(path: Path, share: int) -> bytes:
    """The upper 1/`share` of a screen as a PNG: text enough, at that share of the work."""
    with Image.open(path) as image:
        return encoded(image.convert("RGB").crop((0, 0, image.width, image.height // share)))


def quarters(width: int = 64, height: int = 96) -> NDArray[np.uint8]:
    """Red, green, blue and white quarters: every channel, flip and rotation shows."""
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    pixels[:top, :left] = (255, 0, 0)
    pixels[:top, left:] = (0, 255, 0)
    pixels[top:, :left] = (0, 0, 255)
    pixels[top:, left:] = (255, 255, 255)
    return pixels


def _rotated_by_exif() -> bytes:
    """Stored lying on its side, with the EXIF orientation (6) that stands it up."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(Image.fromarray(np.rot90(quarters())), "PNG", exif=exif)


def _sixteen_bit() -> bytes:
    grey = np.full((96, 64), 65535, np.uint16)
    grey[:48] = 0x8080
    return encoded(Image.fromarray(grey))


def _palette() -> bytes:
    return encoded(Image.fromarray(quarters()).convert("P", palette=Image.Palette.ADAPTIVE))


def _transparent() -> bytes:
    pixels = np.dstack([quarters(), np.zeros((96, 64), np.uint8)])
    return encoded(Image.fromarray(pixels))


def _animated() -> bytes:
    second = Image.new("RGB", (64, 96), "black")
    return encoded(Image.fromarray(quarters()), "GIF", save_all=True, append_images=[second])


def _cmyk() -> bytes:
    return encoded(Image.fromarray(quarters()).convert("CMYK"), "JPEG", quality=95, subsampling=0)


def _grey_32_bit(scale: int) -> bytes:
    """`quarters()` in grey, 0 to 255 times `scale`, in a TIFF of 32-bit whole numbers."""
    grey = np.asarray(Image.fromarray(quarters()).convert("L"), np.int64) * scale
    return encoded(Image.fromarray(grey.astype(np.int32)), "TIFF")


def _png() -> bytes:
    return encoded(Image.fromarray(quarters()))


def _jpeg() -> bytes:
    return encoded(Image.fromarray(quarters()), "JPEG")


# Unusual images that must be answered like any other. Each shows `quarters()`, but for sixteen_bit
# (grey over white), transparent (white) and the two extreme sizes.
ODD: dict[str, Callable[[], bytes]] = {
    "rotated_by_exif": _rotated_by_exif,
    "sixteen_bit": _sixteen_bit,
    "palette": _palette,
    "transparent": _transparent,
    "animated": _animated,
    "cmyk": _cmyk,
    "one_pixel": lambda: encoded(Image.new("RGB", (1, 1), "red")),
    "20000_by_10": lambda: encoded(Image.new("RGB", (20_000, 10), "white")),
}


def _truncated() -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    whole = encoded(Image.fromarray(noise), "JPEG", quality=95)
    return whole[: len(whole) // 2]


def _bomb(side: int) -> bytes:
    """A PNG of a few hundred kB that says it is `side` x `side` pixels, all of them zero."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


# What must be refused, with words that the refusal must contain.
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "0 bytes"),
    "not_an_image": (lambda: b"%PDF-1.7 this is not an image" * 20, "not an image file"),
    "truncated_jpeg": (_truncated, "cannot be decoded"),
    "bomb": (lambda: _bomb(12_000), "at most 50000000 pixels"),
    "larger_bomb": (lambda: _bomb(60_000), "at most 50000000 pixels"),
    "over_the_byte_limit": (lambda: bytes(20_000_001), "at most 20000000"),
    "float_tiff": (
        lambda: encoded(Image.fromarray(np.ones((8, 8), np.float32)), "TIFF"),
        "floating-point",
    ),
    "wide_32_bit_tiff": (lambda: _grey_32_bit(8_421_504), "32-bit pixels from .* expected 8 or 16"),
    "unlisted_format": (
        lambda: encoded(Image.new("RGB", (8, 8)), "PPM"),
        "not an image file of an accepted kind but PPM",
    ),
    "jpeg_2000": (
        lambda: encoded(Image.new("RGB", (64, 64)), "JPEG2000"),
        "but JPEG 2000 .*; expected one of JPEG, PNG",
    ),
    "jpeg_without_its_end": (lambda: _jpeg()[:-2], "cannot be decoded: .* truncated"),
    "png_without_its_end": (lambda: _png()[:-12], "cannot be decoded: .* truncated"),
    "png_within_its_last_checksum": (lambda: _png()[:-1], "cannot be decoded: .* truncated"),
}

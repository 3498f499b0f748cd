"""Broken image files from a seed: what a careless or hostile sender could produce."""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from tests.images import encoded, quarters

Random = np.random.Generator
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")


def originals() -> list[bytes]:
    """Good files of every format, in the variants that take other ways through the decoders."""
    colour = Image.fromarray(quarters(48, 64))
    noise = np.random.default_rng(7).integers(0, 256, (40, 56, 3), np.uint8)
    speckled = Image.fromarray(noise)
    files = [encoded(image, kind) for image in (colour, speckled) for kind in FORMATS]
    return [
        *files,
        encoded(colour, "JPEG", progressive=True),
        encoded(colour.convert("CMYK"), "JPEG"),
        encoded(colour.convert("P"), "PNG"),
        encoded(speckled.convert("RGBA"), "PNG"),
        encoded(speckled, "WEBP", lossless=True),
        encoded(speckled, "TIFF", compression="tiff_lzw"),
        encoded(speckled, "TIFF", compression="tiff_adobe_deflate"),
        encoded(colour, "GIF", save_all=True, append_images=[speckled]),
    ]


def mutated(seed: int, files: Sequence[bytes]) -> bytes:
    """One of `files`, broken in one to four ways; the same for the same seed."""
    random = np.random.default_rng(seed)
    data = bytearray(files[int(random.integers(len(files)))])
    for _ in range(int(random.integers(1, 5))):
        if data:
            _WAYS[int(random.integers(len(_WAYS)))](data, random)
    return bytes(data)


def _flip_bits(data: bytearray, random: Random) -> None:
    for at in random.integers(0, len(data), 8):
        data[at] ^= 1 << int(random.integers(8))


def _set_bytes(data: bytearray, random: Random) -> None:
    for at in random.integers(0, len(data), 12):
        data[at] = int(random.integers(256))


def _break_the_header(data: bytearray, random: Random) -> None:
    for at in random.integers(0, min(len(data), 64), 3):
        data[at] = int(random.integers(256))


def _write_an_extreme(data: bytearray, random: Random) -> None:
    """Lengths and sizes as an attacker would write them."""
    value = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff")[random.integers(4)]
    at = int(random.integers(len(data)))
    data[at : at + len(value)] = value


def _cut(data: bytearray, random: Random) -> None:
    del data[int(random.integers(len(data))) :]


def _remove(data: bytearray, random: Random) -> None:
    at = int(random.integers(len(data)))
    del data[at : at + int(random.integers(1, 200))]


def _repeat(data: bytearray, random: Random) -> None:
    at = int(random.integers(len(data)))
    part = data[at : at + int(random.integers(1, 200))]
    data[at:at] = part * int(random.integers(1, 20))


_WAYS: tuple[Callable[[bytearray, Random], None], ...] = (
    _flip_bits, _set_bytes, _break_the_header, _write_an_extreme, _cut, _remove, _repeat,
)  # fmt: skip

"""Encoded bytes -> RGB uint8 (h, w, 3), upright, within limits, or an InvalidImage saying why."""

import io
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from vislex.errors import InvalidImage
from vislex.images.kinds import one_of, readable, unread
from vislex.images.limits import Limits
from vislex.timing import stage

_START_OF_SCAN = b"\xff\xda"  # coded pixels never hold it: there 0x00 follows 0xff
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I")  # how Pillow names 16-bit grey, by file format
_END_OF_PNG = b"\0\0\0\0IEND\xaeB`\x82"


@stage("decode")
def decode_image(data: bytes, limits: Limits) -> NDArray[np.uint8]:
    """Decodes one image file to RGB uint8 (h, w, 3), as a viewer would show it.

    The first frame of an animation; EXIF rotation applied, as every viewer does, even where the
    pixels were turned by hand and the EXIF left as it was; CMYK, palette, grey and 16-bit pixels
    converted; transparent pixels shown on white. Grey values of 32 bits do not say what is white:
    they are taken as 8 bits where none is above 255, as 16 where none is above 65535, and refused
    beyond. A file that breaks off is refused, even where only the mark of its end is missing. Size
    limits are checked on the header, before any pixel is decoded.

    Raises InvalidImage naming what is wrong and what was expected.
    """
    if not data:
        raise InvalidImage(f"the image is empty (0 bytes); expected {one_of(limits)}")
    if len(data) > limits.max_bytes:
        raise InvalidImage(
            f"the image has {len(data)} bytes; at most {limits.max_bytes} are accepted"
        )
    source = _Timed(data, limits.max_decode_ms)
    try:
        with Image.open(source, formats=readable(limits)) as image:
            _check_size(image.width, image.height, limits)
            if image.format == "JPEG":
                _check_scans(data, limits)
            image.load()
            source.check()
            if image.format == "PNG":
                _check_end(data)
            ImageOps.exif_transpose(image, in_place=True)
            return _to_rgb(image)
    except InvalidImage:
        raise
    except UnidentifiedImageError:
        raise InvalidImage(unread(data, limits)) from None
    except Image.DecompressionBombError as error:
        raise InvalidImage(f"{error}; at most {limits.max_pixels} pixels are accepted") from None
    except Exception as error:
        # Pillow's decoders raise nearly anything on torn or hostile bytes; this is the one edge
        # where that becomes the caller's error.
        raise InvalidImage(f"the image cannot be decoded: {error}") from error


class _Timed(io.BytesIO):
    """The file's bytes, read no longer than the limit: Pillow asks for them 64 kB at a time."""

    def __init__(self, data: bytes, limit_ms: int) -> None:
        super().__init__(data)
        self._limit_ms = limit_ms
        self._until_s = time.monotonic() + limit_ms / 1000

    def read(self, size: int | None = -1) -> bytes:
        self.check()
        return super().read(size)

    def readinto(self, buffer: Any) -> int:  # a writable buffer, which 3.11 has no name for
        self.check()
        return super().readinto(buffer)

    def check(self) -> None:
        """Raises InvalidImage once the time is over."""
        if time.monotonic() > self._until_s:
            raise InvalidImage(
                f"the image takes too long to decode; at most {self._limit_ms} ms are spent on one"
            )


def _check_scans(data: bytes, limits: Limits) -> None:
    """A JPEG of thousands of passes would decode for minutes within every other limit."""
    scans = data.count(_START_OF_SCAN)
    if scans > limits.max_scans:
        raise InvalidImage(f"the JPEG has {scans} scans; at most {limits.max_scans} are accepted")


def _check_size(width: int, height: int, limits: Limits) -> None:
    size = f"the image is {width} x {height} px"
    if width * height > limits.max_pixels:
        raise InvalidImage(f"{size}; at most {limits.max_pixels} pixels are accepted")
    if max(width, height) > limits.max_side_px:
        raise InvalidImage(f"{size}; at most {limits.max_side_px} px a side are accepted")


def _to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode == "F":
        raise InvalidImage("the image has floating-point pixels; expected 8 or 16 bits a channel")
    if image.mode in _SIXTEEN_BIT:  # Pillow's own conversion clips at 255 instead of scaling
        return np.repeat(_grey(image)[:, :, np.newaxis], 3, axis=2)
    if image.mode == "La":  # Pillow converts it to nothing but this
        image = image.convert("LA")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    # Only where it changes something: an image of 2.6 megapixels copied into fresh memory is 13 ms.
    image = image if image.mode == "RGB" else image.convert("RGB")
    return np.array(image, dtype=np.uint8)


def _grey(image: Image.Image) -> NDArray[np.uint8]:
    values = np.asarray(image, dtype=np.int64)
    if image.mode != "I":
        return (values // 257).astype(np.uint8)
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    if low < 0 or high > 65535:
        raise InvalidImage(
            f"the image has 32-bit pixels from {low} to {high}, which do not say what is white; "
            "expected 8 or 16 bits a channel"
        )
    return (values if high <= 255 else values // 257).astype(np.uint8)


def _check_end(png: bytes) -> None:
    """Refuses a PNG without its last chunk: Pillow does not miss it, as it does that of a JPEG."""
    at = 8  # behind the signature: length, name, content and checksum of each chunk
    while not png.endswith(_END_OF_PNG) and png[at + 4 : at + 8] != b"IEND":
        at += 12 + int.from_bytes(png[at : at + 4], "big")
        if at + 12 > len(png):
            raise InvalidImage(
                "the image cannot be decoded: image file is truncated (it ends before its IEND)"
            )

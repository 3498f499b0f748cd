"""Encoded bytes -> RGB uint8 (h, w, 3), upright, within limits, or an InvalidImage saying why."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from vislex.config import Limits
from vislex.errors import InvalidImage

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I")  # how Pillow names 16-bit grey, by file format


def decode_image(data: bytes, limits: Limits) -> NDArray[np.uint8]:
    """Decodes one image file to RGB uint8 (h, w, 3), as a viewer would show it.

    The first frame of an animation; EXIF rotation applied; CMYK, palette, grey and 16-bit pixels
    converted; transparent pixels shown on white. Size limits are checked on the header, before
    any pixel is decoded.

    Raises InvalidImage naming what is wrong and what was expected.
    """
    if not data:
        raise InvalidImage(f"the image is empty (0 bytes); expected {_formats()}")
    if len(data) > limits.max_bytes:
        raise InvalidImage(
            f"the image has {len(data)} bytes; at most {limits.max_bytes} are accepted"
        )
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image.width, image.height, limits)
            return _to_rgb(ImageOps.exif_transpose(image))
    except InvalidImage:
        raise
    except UnidentifiedImageError:
        raise InvalidImage(
            f"not an image file ({len(data)} bytes); expected {_formats()}"
        ) from None
    except Image.DecompressionBombError as error:
        raise InvalidImage(f"{error}; at most {limits.max_pixels} pixels are accepted") from None
    except Exception as error:
        # Pillow's decoders raise nearly anything on torn or hostile bytes; this is the one edge
        # where that becomes the caller's error.
        raise InvalidImage(f"the image cannot be decoded: {error}") from error


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
        grey = np.clip(np.asarray(image, dtype=np.int64) // 257, 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.array(image.convert("RGB"), dtype=np.uint8)


def _formats() -> str:
    return f"one of {', '.join(FORMATS)}"

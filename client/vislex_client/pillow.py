"""Pillow images -> PNG, without needing Pillow: what is called are the image's own methods."""

from __future__ import annotations

import io
from typing import Any

from vislex_client.errors import InvalidImage


def pillow_png(image: Any) -> bytes:
    """As PNG; modes that PNG does not know become one that it does, as they look on a screen."""
    file = io.BytesIO()
    try:
        exif = _turn(image)
        image = _for_png(image)
        image.save(file, format="PNG", compress_level=1, **exif)
    except InvalidImage:
        raise
    except Exception as error:  # a file that is torn shows here, for Pillow opens without reading
        raise InvalidImage(f"cannot encode the image {image!r}: {error}") from error
    return file.getvalue()


def _turn(image: Any) -> dict[str, Any]:
    """The EXIF to send along: the server turns the image by it.

    Of an image as `Image.open` gave it, whose pixels lie as the file has them, as every viewer
    turns that file. What was made of one (a format of None: turned, resized, converted) shows what
    its pixels show, as in Pillow itself, though it still carries the EXIF of the file.
    """
    opened = getattr(image, "format", None) is not None
    exif = image.getexif() if opened else None
    return {"exif": exif} if exif else {}


def _for_png(image: Any) -> Any:
    if image.mode in ("PA", "RGBa"):
        return image.convert("RGBA")
    if image.mode == "La":
        return image.convert("LA")
    if image.mode == "F":
        raise InvalidImage(f"the image {image!r} has floating-point pixels; expected 8 or 16 bits")
    if image.mode == "I":
        return _of_32_bits(image)
    if image.mode.startswith("I;16"):  # in another order of bytes, which only mode I takes
        return image if image.mode == "I;16" else image.convert("I").convert("I;16")
    return image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else image.convert("RGB")


def _of_32_bits(image: Any) -> Any:
    """Mode I does not say what is white: 255 as in Pillow's own conversions, or 65535 as in files.

    The values tell, as they do at the server: none above 255, or none above 65535.
    """
    low, high = image.getextrema()
    if low < 0 or high > 65535:
        raise InvalidImage(
            f"the image {image!r} has 32-bit pixels from {low} to {high}, which do not say what is"
            " white; expected 8 or 16 bits"
        )
    of_a_file = getattr(image, "format", None) == "PNG"  # of 16 bits, which older Pillows open so
    return image.convert("I;16" if high > 255 or of_a_file else "L")

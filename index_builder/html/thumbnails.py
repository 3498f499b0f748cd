"""Small JPEG copies of images as data URIs, so that a report is one file."""

import base64
import io
from pathlib import Path

from PIL import Image

from vislex.errors import InvalidImage
from vislex.images.decode import decode_image
from vislex.images.limits import Limits

WIDTH_PX = 200
MAX_HEIGHT_PX = 480  # a phone screenshot fits; a stitched long one is made narrower
JPEG_QUALITY = 72  # text of a screenshot stays readable at about 16 kB


def thumbnail(path: Path) -> str | None:
    """A data URI of at most WIDTH_PX x MAX_HEIGHT_PX pixels; None if there is no image to show."""
    try:
        image = Image.fromarray(decode_image(path.read_bytes(), Limits()))
    except (OSError, InvalidImage):
        return None
    image.thumbnail((WIDTH_PX, MAX_HEIGHT_PX))
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=JPEG_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(encoded.getvalue()).decode("ascii")

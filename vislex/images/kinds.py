"""Which kinds of file are read here, and what a file is that is not, by how it begins."""

import re
from functools import cache
from importlib.util import find_spec

from vislex.images.limits import Limits

HEIF = "HEIF"  # as the plugin of pi-heif names it to Pillow; most such files are HEIC

# The beginning of a file -> its kind, by the name that people know.
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"RIFF.{4}WEBP", "WebP"),
    (rb"BM", "BMP"),
    (rb"GIF8[79]a", "GIF"),
    (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "TIFF"),
    (rb".{4}ftyp(?:avif|avis)", "AVIF"),
    (rb".{4}ftyp(?:mif1|msf1).{4}(?:.{4}){0,8}?avi[fs]", "AVIF"),
    (rb".{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)", "HEIC"),
    (rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", "JPEG 2000"),
    (rb"\0\0\0\x0cJXL \r\n\x87\n|\xff\x0a", "JPEG XL"),
    (rb"II\xbc", "JPEG XR"),
    (rb".{4}ftyp", "MP4 or QuickTime (a film)"),
    (rb"\x1aE\xdf\xa3", "WebM or Matroska (a film)"),
    (rb"8BPS", "Photoshop (PSD)"),
    (rb"P[1-7]\s", "PPM"),
    (rb"qoif", "QOI"),
    (rb"\0\0\x01\0", "ICO"),
    (rb"v/1\x01", "OpenEXR"),
    (rb"%PDF", "PDF"),
    (rb"%!PS", "PostScript"),
    (rb"PK\x03\x04", "ZIP"),
    (rb"\x1f\x8b", "gzip"),
    (rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?i:<svg\b)", "SVG"),
    (rb"(?:\xef\xbb\xbf)?\s*(?i:<(?:!doctype html|html)\b)", "HTML"),
)
_KINDS = tuple((re.compile(begin, re.DOTALL), kind) for begin, kind in _BEGINNINGS)
_LOOK_BYTES = 512


def kind_of(data: bytes) -> str | None:
    """The kind of file that `data` is, whether or not it is an image; None for one not known.

    >>> kind_of(b"\\0\\0\\0\\x0cjP  \\r\\n\\x87\\n")
    'JPEG 2000'
    """
    begin = data[:_LOOK_BYTES]
    return next((kind for pattern, kind in _KINDS if pattern.match(begin)), None)


def readable(limits: Limits) -> tuple[str, ...]:
    """The accepted formats that can be read here, as Pillow names them."""
    if HEIF in limits.formats and _registered_heif():
        return limits.formats
    return tuple(name for name in limits.formats if name != HEIF)


def one_of(limits: Limits) -> str:
    """The words for what is expected."""
    return f"one of {', '.join(readable(limits))}"


def unread(data: bytes, limits: Limits) -> str:
    """Why Pillow could not tell what file this is."""
    kind, size, formats = kind_of(data), f"{len(data)} bytes", readable(limits)
    name = HEIF if kind == "HEIC" else (kind or "").upper()
    if kind is None:
        why = f"not an image file ({size})"
    elif name in formats:
        why = f"not an image file that can be read, though it begins as {kind} ({size})"
    else:
        why = f"not an image file of an accepted kind but {kind} ({size})"
    if name == HEIF and name in limits.formats and name not in formats:
        why += ", which is read where the package pi-heif (vislex[heif]) is installed"
    return f"{why}; expected {one_of(limits)}"


@cache
def _registered_heif() -> bool:
    """Tells Pillow of HEIC, where the package that reads it is there."""
    if find_spec("pi_heif") is None:
        return False
    from pi_heif import register_heif_opener

    register_heif_opener(thumbnails=False)
    return True

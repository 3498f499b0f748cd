"""What one image may cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from vislex.config import count
from vislex.errors import InvalidOption
from vislex.ocr.canvas import MAX_LARGE_PX

# As Pillow names them. HEIF, which is HEIC, is read where the extra `vislex[heif]` is installed.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "AVIF", "HEIF")


@dataclass(frozen=True)
class Limits:
    """What one image may cost. Beyond a limit the request is refused before work is done.

    Of an animation or a file of several pages the first picture is decoded and no other.
    """

    max_bytes: int = 20_000_000  # encoded file
    max_pixels: int = 50_000_000  # a 1440 x 3200 phone screenshot has 4.6 million
    max_side_px: int = 32_768  # a stitched long screenshot still fits
    max_scans: int = 64  # of a progressive JPEG, each over all pixels; encoders write about 10
    max_reading_pixels: int = MAX_LARGE_PX  # at which a large image is read
    max_decode_ms: int = 10_000  # 50 million pixels of PNG take about 1 s
    formats: tuple[str, ...] = FORMATS

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Reads `VISLEX_MAX_BYTES` and the like; raises InvalidOption on what does not fit."""
        found = {f.name: environ.get(f"VISLEX_{f.name.upper()}") for f in fields(cls)}
        parsers: Mapping[str, Callable[[str, str], Any]] = {"formats": _formats}
        return cls(**{n: parsers.get(n, count)(n, text) for n, text in found.items() if text})


DEFAULT_LIMITS = Limits()


def _formats(name: str, text: str) -> tuple[str, ...]:
    formats = tuple(word.strip().upper() for word in text.split(","))
    if unknown := set(formats) - set(FORMATS):
        raise InvalidOption(
            f"VISLEX_{name.upper()} is {text!r}, of which {', '.join(sorted(unknown))} is unknown; "
            f"expected some of {','.join(FORMATS)}"
        )
    return formats

"""Writes an image the way phones and chat apps do."""

from __future__ import annotations

from pathlib import Path

from PIL import Image


def save(image: Image.Image, path: Path, quality: int) -> None:
    """The format is the ending of `path`; `quality` is 1..100, and unused for PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".png":
        # A palette, as image optimizers make it: a flat screen has few colours.
        few = image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(path, "PNG", optimize=True)
    elif path.suffix == ".webp":
        image.save(path, "WEBP", quality=quality, method=6)
    else:
        image.save(path, "JPEG", quality=quality, optimize=True, progressive=True)

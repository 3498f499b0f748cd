"""Sets one line of text, which may need a second font for its Latin letters and digits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from PIL import Image, ImageDraw, ImageFont

from samples.screens.fonts import Face, open_font

# Thinner strokes than this many pixels cannot be told from their background.
LEAST_PX = 8


@dataclass(frozen=True)
class Run:
    text: str
    font: ImageFont.FreeTypeFont


@dataclass(frozen=True)
class SetLine:
    """Runs from left to right; all figures in pixels, `drop` from the middle to the baseline."""

    runs: tuple[Run, ...]
    width: float
    drop: float
    stroke: float


def set_line(face: Face, text: str, size_px: float, bold: bool) -> SetLine:
    file = face.bold if bold and face.bold else face.regular
    size = max(LEAST_PX, int(size_px))
    main = open_font(file, size)
    second = open_font(face.latin, size) if face.latin else main
    runs = tuple(
        Run("".join(chars), second if latin else main)
        for latin, chars in groupby(text, key=lambda char: char < "\u0250")
    )
    ascent, descent = main.getmetrics()
    # Families without a bold file are thickened, as phones do.
    stroke = size / 55 if bold and not face.bold else 0.0
    width = sum(run.font.getlength(run.text) for run in runs)
    return SetLine(runs, width, (ascent - descent) / 2, stroke)


def draw_line(
    image: Image.Image,
    line: SetLine,
    left: float,
    middle: float,
    fill: tuple[int, int, int],
) -> tuple[float, float, float, float]:
    """Draws from `left` around the height `middle`; returns the box of the ink in pixels."""
    pen = ImageDraw.Draw(image)
    boxes = []
    x, baseline = left, middle + line.drop
    for run in line.runs:
        at = (x, baseline)
        pen.text(at, run.text, fill, run.font, "ls", stroke_width=line.stroke, stroke_fill=fill)
        boxes.append(pen.textbbox(at, run.text, run.font, "ls"))
        x += run.font.getlength(run.text)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)

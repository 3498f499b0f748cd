"""A canvas in layout units that draws smooth shapes and remembers the text it drew."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw

from samples.screens.fonts import Face
from samples.screens.icons import icon_mask
from samples.screens.lines import Line, overlap
from samples.screens.text import draw_line, set_line

Color = tuple[int, int, int]
WHITE: Color = (255, 255, 255)
BLACK: Color = (0, 0, 0)
EDGE_DP = 6.0


def mix(first: Color, second: Color, share: float) -> Color:
    """`first` with `share` (0..1) of `second` in it."""
    r, g, b = (round(x + (y - x) * share) for x, y in zip(first, second, strict=True))
    return (r, g, b)


@lru_cache(maxsize=128)
def rounded_mask(width: int, height: int, radius: int) -> Image.Image:
    """Drawn three times too large and averaged down: Pillow's own corners are jagged."""
    big = Image.new("L", (width * 3, height * 3))
    box = (0, 0, width * 3 - 1, height * 3 - 1)
    ImageDraw.Draw(big).rounded_rectangle(box, radius * 3, fill=255)
    return big.reduce(3)


class Canvas:
    """All coordinates are layout units from the top left; `scale` is pixels per unit."""

    def __init__(
        self, size_dp: tuple[float, float], scale: float, face: Face, font_scale: float, fill: Color
    ) -> None:
        self.width, self.height = size_dp
        self.scale = scale
        self.face = face
        self.font_scale = font_scale
        self.image = Image.new("RGB", (self._px(self.width), self._px(self.height)), fill)
        self.lines: list[Line] = []

    def _px(self, dp: float) -> int:
        return round(dp * self.scale)

    def box(self, x: float, y: float, w: float, h: float, fill: Color, radius: float = 0.0) -> None:
        size = (max(1, self._px(w)), max(1, self._px(h)))
        corner = min(self._px(radius), min(size) // 2)
        mask = rounded_mask(*size, corner) if corner else None
        self.image.paste(Image.new("RGB", size, fill), (self._px(x), self._px(y)), mask)

    def gradient(
        self, x: float, y: float, w: float, h: float, ends: tuple[Color, Color], radius: float = 0.0
    ) -> None:
        """From the first colour at the top to the second at the bottom."""
        size = (max(1, self._px(w)), max(1, self._px(h)))
        ramp = Image.new("RGB", (1, 64))
        for row in range(64):
            ramp.putpixel((0, row), mix(*ends, row / 63))
        fill = ramp.resize(size, Image.Resampling.BILINEAR)
        mask = rounded_mask(*size, min(self._px(radius), min(size) // 2)) if radius else None
        self.image.paste(fill, (self._px(x), self._px(y)), mask)

    def rule(self, x: float, y: float, w: float, fill: Color) -> None:
        self.image.paste(fill, (self._px(x), self._px(y), self._px(x + w), self._px(y) + 1))

    def icon(self, name: str, x: float, y: float, size: float, fill: Color) -> None:
        """Centred on (x, y)."""
        side = max(4, self._px(size))
        at = (self._px(x) - side // 2, self._px(y) - side // 2)
        self.image.paste(Image.new("RGB", (side, side), fill), at, icon_mask(name, side))

    def arc(self, x: float, y: float, r: float, span: tuple[float, float], pen: Color) -> None:
        """Part of a ring centred on (x, y); `span` in degrees clockwise from three o'clock."""
        side = self._px(2 * r)
        big = Image.new("L", (side * 3, side * 3))
        width = self._px(9) * 3
        ImageDraw.Draw(big).arc((0, 0, side * 3 - 1, side * 3 - 1), *span, fill=255, width=width)
        fill = Image.new("RGB", (side, side), pen)
        self.image.paste(fill, (self._px(x - r), self._px(y - r)), big.reduce(3))

    def text_width(self, text: str, size: float, bold: bool = False) -> float:
        return (
            set_line(self.face, text, size * self.font_scale * self.scale, bold).width / self.scale
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        fill: Color,
        *,
        bold: bool = False,
        anchor: str = "l",
        room: float = 0.0,
    ) -> float:
        """Draws one line and returns its width.

        `y` is the middle of the line; `x` its left, middle or right by `anchor` (l, m, r).
        A line wider than `room` (by default what is left of the canvas) is set smaller.
        """
        space = {"l": self.width - x, "m": 2 * min(x, self.width - x), "r": x}[anchor] - EDGE_DP
        wanted = self.text_width(text, size, bold)
        size *= min(1.0, (min(space, room) if room else space) / max(wanted, 1e-6))
        line = set_line(self.face, text, size * self.font_scale * self.scale, bold)
        left = x * self.scale - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor] * line.width
        box = draw_line(self.image, line, left, y * self.scale, fill)
        self.lines.append(Line(text, box))
        return line.width / self.scale

    def cover(self, x: float, y: float, w: float, h: float) -> None:
        """Forgets text that what is drawn next over this box hides by half or more."""
        hide = (x * self.scale, y * self.scale, (x + w) * self.scale, (y + h) * self.scale)
        self.lines = [line for line in self.lines if overlap(line.box, hide) < 0.5]

    def paste(self, tall: Canvas, from_y: float, to_y: float, height: float) -> None:
        """Shows `height` units of `tall` from `from_y` on, at `to_y` of this canvas."""
        top, rows, start = self._px(to_y), self._px(height), self._px(from_y)
        part = tall.image.crop((0, start, tall.image.width, start + rows))
        self.image.paste(part, (0, top))
        window = (0, start, tall.image.width, start + rows)
        for line in tall.lines:
            if overlap(line.box, window) >= 0.5:
                x0, y0, x1, y1 = line.box
                self.lines.append(Line(line.text, (x0, y0 + top - start, x1, y1 + top - start)))

"""A screen and what it is drawn with: a canvas in dp, its app's style, its sources of chance."""

from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw, ImageFont

from training.drawing import glyphs
from training.drawing.palette import Colour, Palette, random_colour

WIDTH_DP = 360  # what a phone's width is taken for; `Pen.scale` turns dp into pixels


@dataclass(frozen=True)
class Screen:
    """One class: `screen` of the `variant`-th app of `family`."""

    family: int
    variant: int
    screen: int

    @property
    def layout(self) -> str:  # look-alikes share it
        return f"layout {self.family} {self.screen}"

    @property
    def lettering(self) -> str:
        return f"words {self.family} {self.variant} {self.screen}"


@dataclass(frozen=True)
class Style:
    """What all screens of an app share."""

    palette: Palette
    face: glyphs.Face
    script: str
    radius: int  # dp, of cards and buttons
    margin: int  # dp
    density: float  # factor on heights


@dataclass
class Pen:
    """Draws at (x, y) in dp. `shape` settles layout, `words` what is written for good, and `data`
    what differs from shot to shot: a block may draw from `shape` and `words` only before, and
    independently of, anything it draws from `data`.
    """

    image: Image.Image
    style: Style
    scale: float  # px per dp
    font_scale: float  # the user's text size
    shape: Random
    words: Random
    data: Random

    def __post_init__(self) -> None:
        self.draw = ImageDraw.Draw(self.image)

    @property
    def width(self) -> float:
        return self.image.width / self.scale

    @property
    def height(self) -> float:
        return self.image.height / self.scale

    def box(
        self, x: float, y: float, w: float, h: float, fill: Colour | None, radius: float = 0,
        outline: Colour | None = None,
    ) -> None:  # fmt: skip
        """A rectangle with rounded corners; one thinner than a pixel still shows."""
        s = self.scale
        corners = (x * s, y * s, max((x + w) * s, x * s + 1), max((y + h) * s, y * s + 1))
        limit = max(0.0, min(radius, w / 2, h / 2) * s)
        self.draw.rounded_rectangle(corners, limit, fill, outline)

    def disc(self, x: float, y: float, size: float, fill: Colour) -> None:
        s = self.scale
        self.draw.ellipse((x * s, y * s, (x + size) * s, (y + size) * s), fill)

    def line(self, points: list[tuple[float, float]], fill: Colour, width: float = 1) -> None:
        s = self.scale
        self.draw.line([(x * s, y * s) for x, y in points], fill, max(1, round(width * s)))

    def text(
        self, x: float, y: float, text: str, size: float, fill: Colour, anchor: str = "la"
    ) -> float:
        """Writes one line with Pillow's `anchor`; answers its width in dp."""
        font = self.font(size)
        self.draw.text((x * self.scale, y * self.scale), text, fill, font, anchor)
        return font.getlength(text) / self.scale

    def font(self, size: float) -> ImageFont.FreeTypeFont:
        return self.style.face.at(round(size * self.scale * self.font_scale))

    def paste(self, picture: Image.Image, x: float, y: float, w: float, h: float) -> None:
        """`picture`, stretched to the box."""
        s = self.scale
        size = (max(1, round(w * s)), max(1, round(h * s)))
        self.image.paste(picture.resize(size), (round(x * s), round(y * s)))

    def label(self, words: int = 1) -> str:
        """A text that stays; drawn from `words`."""
        return glyphs.phrase(self.words, self.style.script, words)

    def value(self, words: int = 1) -> str:
        """A text that changes; drawn from `data`."""
        return glyphs.phrase(self.data, self.style.script, words)

    def colours(self, rng: Random) -> Colour:
        """A strong colour of the app's, sometimes any other."""
        palette = self.style.palette
        return rng.choice((palette.primary, palette.accent, random_colour(rng)))

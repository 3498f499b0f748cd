"""Colours that go together: most apps are white or near black with one or two strong colours."""

import colorsys
from dataclasses import dataclass
from random import Random

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """An app's colours; `text` reads on `page` and `card`, `on_primary` on `primary`."""

    page: Colour
    card: Colour
    text: Colour
    muted: Colour
    primary: Colour
    accent: Colour
    on_primary: Colour


def draw_palette(rng: Random) -> Palette:
    """A light theme at 70 %, a dark one otherwise; hues of real products cluster, so these do."""
    hue = rng.choice((rng.random(), rng.gauss(0.6, 0.05), rng.gauss(0.02, 0.04))) % 1.0
    primary = _hsv(hue, rng.uniform(0.45, 1.0), rng.uniform(0.55, 1.0))
    accent = _hsv(
        hue + rng.choice((0.08, -0.1, 0.33, 0.5)), rng.uniform(0.4, 1), rng.uniform(0.6, 1)
    )
    tint = rng.choice((hue, rng.random()))
    if rng.random() < 0.7:
        page = _hsv(tint, rng.choice((0.0, 0.02, 0.05, 0.15)), rng.uniform(0.92, 1.0))
        card = rng.choice(((255, 255, 255), page, _hsv(tint, 0.06, 0.97)))
        text, muted = (
            _hsv(tint, 0.2, rng.uniform(0, 0.25)),
            _hsv(tint, 0.1, rng.uniform(0.45, 0.65)),
        )
    else:
        page = _hsv(tint, rng.choice((0.0, 0.15, 0.4)), rng.uniform(0.0, 0.18))
        card = _hsv(tint, rng.choice((0.0, 0.15, 0.3)), rng.uniform(0.12, 0.28))
        text, muted = (
            _hsv(tint, 0.04, rng.uniform(0.88, 1)),
            _hsv(tint, 0.08, rng.uniform(0.5, 0.7)),
        )
    return Palette(page, card, text, muted, primary, accent, _reading_on(primary))


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """`share` of `b` in `a`."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def random_colour(rng: Random) -> Colour:
    """Any hue, mostly strong."""
    return _hsv(rng.random(), rng.uniform(0.2, 1.0), rng.uniform(0.35, 1.0))


def _reading_on(colour: Colour) -> Colour:
    light = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
    return (20, 20, 24) if light > 190 else (255, 255, 255)


def _hsv(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)

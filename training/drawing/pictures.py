"""Pictures that stand in for photos and marks: waves, blobs, noise, strokes and letters."""

from random import Random

import numpy as np
from PIL import Image, ImageDraw

from training.drawing import glyphs
from training.drawing.palette import Colour, mix, random_colour


def photo(rng: Random, side: int = 48) -> Image.Image:
    """A smooth field between a few colours with grain, like a badly lit photo."""
    numbers = np.random.default_rng(rng.randrange(2**32))
    small = numbers.integers(0, 256, (rng.randint(2, 6), rng.randint(2, 6), 3), dtype=np.uint8)
    tint = Image.new("RGB", (side, side), random_colour(rng))
    field = Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)
    image = Image.blend(field, tint, rng.uniform(0.2, 0.8))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(0, 5)):
        x, y, r = rng.randrange(side), rng.randrange(side), rng.randint(3, side // 2)
        shape = draw.ellipse if rng.random() < 0.6 else draw.rectangle
        shape((x - r, y - r * rng.uniform(0.3, 1), x + r, y + r), random_colour(rng))
    grain = numbers.normal(0, rng.uniform(0, 12), (side, side, 1))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def gradient(top: Colour, bottom: Colour, across: bool) -> Image.Image:
    """Two colours running into each other, to be stretched."""
    strip = Image.new("RGB", (1, 16))
    for row in range(16):
        strip.putpixel((0, row), mix(top, bottom, row / 15))
    return strip.rotate(90, expand=True) if across else strip


def mark(
    rng: Random, face: glyphs.Face, script: str, colour: Colour, ground: Colour
) -> Image.Image:
    """A logo: a plate, and on it a letter, strokes or shapes."""
    side = 48
    image = Image.new("RGB", (side, side), ground)
    draw = ImageDraw.Draw(image)
    plate, ink = rng.choice(((colour, ground), (ground, colour), (random_colour(rng), colour)))
    edge = rng.choice((0, 2, 5))
    corners = (edge, edge, side - edge, side - edge)
    rng.choice((
        lambda: draw.ellipse(corners, plate),
        lambda: draw.rounded_rectangle(corners, 12, plate),
        lambda: draw.regular_polygon((24, 24, 22), rng.randint(3, 8), rng.randrange(90), plate),
    ))()  # fmt: skip
    if rng.random() < 0.45:
        text = glyphs.word(rng, script, 1)[:1]
        draw.text((24, 24), text, ink, face.at(rng.randint(24, 34)), "mm")
        return image
    for _ in range(rng.randint(1, 4)):
        _stroke(rng, draw, rng.choice((ink, ink, random_colour(rng))))
    return image


def texture(shape: Random, data: Random, height: int, width: int) -> Image.Image:
    """A picture with no screen in it: stripes, checks, dots, plain colour or noise.

    `shape` settles what it is, `data` where it begins and how it is lit.
    """
    kind = shape.randrange(5)
    first, second = random_colour(shape), random_colour(shape)
    period, angle, contrast = shape.uniform(8, 60), shape.uniform(0, 3.14), shape.uniform(0.3, 1)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x + data.uniform(0, 60), y + data.uniform(0, 60)
    along = (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period
    across = (y * np.cos(angle) - x * np.sin(angle)) * 2 * np.pi / period
    numbers = np.random.default_rng(data.randrange(2**32))
    waves = (
        np.sin(along) * 0.5 + 0.5,
        np.sin(along) * np.sin(across) > 0,
        np.sin(along) + np.sin(across) > 1.0,
        np.clip(y / height + 0.02 * np.sin(along), 0, 1),
        numbers.random((height, width), dtype=np.float32),
    )
    wave = np.asarray(waves[kind], np.float32)
    mixed = (
        np.asarray(first) + wave[..., None] * (np.asarray(second) - np.asarray(first)) * contrast
    )
    return Image.fromarray(np.clip(mixed + data.gauss(0, 8), 0, 255).astype(np.uint8))


def _stroke(rng: Random, draw: ImageDraw.ImageDraw, ink: Colour) -> None:
    x, y, r = rng.randint(12, 36), rng.randint(12, 36), rng.randint(4, 14)
    start = rng.randrange(360)
    rng.choice((
        lambda: draw.ellipse((x - r, y - r, x + r, y + r), ink),
        lambda: draw.arc((10, 10, 38, 38), start, start + rng.randint(90, 300), ink, 5),
        lambda: draw.line((x, 8, 48 - x, 40), ink, rng.randint(3, 7)),
        lambda: draw.rectangle((x - r, y - 3, x + r, y + 3), ink),
        lambda: draw.regular_polygon((x, y, r), rng.randint(3, 6), start, ink),
    ))()  # fmt: skip

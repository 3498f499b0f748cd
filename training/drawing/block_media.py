"""Blocks that are mostly a picture: a player, a map, a board of keys or cells."""

from training.drawing.palette import mix
from training.drawing.pen import Pen
from training.drawing.pictures import photo


def player(pen: Pen, y: float) -> float:
    """A cover, its title, a bar and three buttons."""
    palette, side = pen.style.palette, pen.shape.randint(160, 290)
    x = (pen.width - side) / 2
    pen.paste(photo(pen.data), x, y + 12, side, side)
    top = y + side + 24
    pen.text(pen.width / 2, top, pen.value(2), 18, palette.text, "ma")
    pen.text(pen.width / 2, top + 26, pen.value(1), 13, palette.muted, "ma")
    pen.box(30, top + 56, pen.width - 60, 3, palette.muted, 1.5)
    share = pen.data.random()
    pen.box(30, top + 56, (pen.width - 60) * share, 3, palette.primary, 1.5)
    size, style = pen.shape.randint(34, 60), pen.shape.randrange(2)
    for i in (-1, 0, 1):
        size_now = size if i == 0 else size * 0.6
        centre = pen.width / 2 + i * 84
        pen.disc(centre - size_now / 2, top + 96 - size_now / 2, size_now, palette.primary)
        glyph = "▶" if style else "II"
        pen.text(centre, top + 96, glyph, 14, palette.on_primary, "mm")
    return side + 156.0


def streets(pen: Pen, y: float) -> float:
    """A map: roads and plots of data, a pin, a lasting card over it."""
    palette, h = pen.style.palette, pen.shape.randint(220, 420)
    land, road = mix(palette.page, (150, 190, 140), 0.4), mix(palette.page, (255, 230, 160), 0.6)
    pen.box(0, y, pen.width, h, land)
    for _ in range(pen.data.randint(5, 12)):
        across = pen.data.random() < 0.5
        at, drift = pen.data.uniform(0, 1), pen.data.uniform(-0.2, 0.2)
        if across:
            ends = [(0.0, y + at * h), (pen.width, y + min(max(at + drift, 0), 1) * h)]
        else:
            ends = [(at * pen.width, y), ((at + drift) * pen.width, y + h)]
        pen.line(ends, road, pen.data.uniform(2, 9))
    pen.disc(
        pen.data.uniform(0.2, 0.8) * pen.width,
        y + pen.data.uniform(0.2, 0.7) * h,
        18,
        palette.accent,
    )
    pen.box(16, y + h - 64, pen.width - 32, 52, palette.card, pen.style.radius)
    pen.text(28, y + h - 54, pen.label(2), 15, palette.text)
    pen.text(28, y + h - 32, pen.value(3)[:28], 11, palette.muted)
    return float(h)


def board(pen: Pen, y: float) -> float:
    """Keys or cells: a keypad, a calendar, a game."""
    palette, columns, lines = pen.style.palette, pen.shape.randint(3, 8), pen.shape.randint(3, 6)
    gap, cell = pen.shape.choice((0, 4, 12)), (pen.width - 32) / columns
    h, shaded, lasting = (
        cell * pen.shape.uniform(0.6, 1.0),
        pen.shape.random(),
        pen.shape.random() < 0.6,
    )
    for i in range(columns * lines):
        x, top = 16 + (i % columns) * cell, y + (i // columns) * h
        strong = pen.shape.random() < 0.2
        ground = palette.primary if strong else mix(palette.page, palette.text, 0.12 * shaded)
        pen.box(x + gap / 2, top + gap / 2, cell - gap, h - gap, ground, pen.style.radius)
        text = pen.label()[:1] if lasting else str(pen.data.randrange(10))
        ink = palette.on_primary if strong else palette.text
        pen.text(x + cell / 2, top + h / 2, text, 17, ink, "mm")
    return h * lines

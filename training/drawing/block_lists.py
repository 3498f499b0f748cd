"""Blocks of many alike things: settings, items, entries, tiles, bubbles."""

from training.drawing import glyphs
from training.drawing.palette import mix
from training.drawing.pen import Pen
from training.drawing.pictures import mark, photo


def icon(pen: Pen, x: float, y: float, size: float) -> None:
    """A small mark that stays."""
    style = pen.style
    colour = pen.colours(pen.shape)
    pen.paste(
        mark(pen.words, style.face, style.script, colour, style.palette.page), x, y, size, size
    )


def rows(pen: Pen, y: float) -> float:
    """A settings list: lasting labels, some with icons, values and arrows."""
    palette, margin, h = (
        pen.style.palette,
        pen.style.margin,
        pen.shape.randint(40, 64) * pen.style.density,
    )
    count, iconic, valued = (
        pen.shape.randint(2, 7),
        pen.shape.random() < 0.6,
        pen.shape.random() < 0.6,
    )
    inset = pen.shape.choice((0, margin))
    pen.box(inset, y, pen.width - 2 * inset, h * count, palette.card, pen.style.radius)
    for i in range(count):
        top, left = y + i * h, inset + 14
        if iconic:
            icon(pen, left, top + h / 2 - 12, 24)
            left += 36
        pen.text(left, top + h / 2, pen.label(pen.shape.randint(1, 2)), 15, palette.text, "lm")
        right = pen.width - inset - 14
        kind = pen.shape.random()
        if valued and kind < 0.7:
            pen.text(right - 12, top + h / 2, glyphs.number(pen.data), 13, palette.muted, "rm")
        elif kind > 0.85:
            pen.box(right - 36, top + h / 2 - 10, 36, 20, palette.primary, 10)
        pen.text(right, top + h / 2, "›", 16, palette.muted, "rm")
        if i:
            pen.box(left, top, pen.width - left - inset, 0.5, mix(palette.card, palette.text, 0.12))
    return h * count


def feed(pen: Pen, y: float) -> float:
    """Items of data: a picture at one side, a few lines of text."""
    palette, margin, h = (
        pen.style.palette,
        pen.style.margin,
        pen.shape.randint(64, 130) * pen.style.density,
    )
    side, left = pen.shape.uniform(0.5, 0.85) * h, pen.shape.random() < 0.6
    lines, round_picture = pen.shape.randint(1, 3), pen.shape.random() < 0.3
    for i in range(pen.data.randint(3, 6)):
        top = y + i * h
        pen.box(margin / 2, top + 3, pen.width - margin, h - 6, palette.card, pen.style.radius)
        x = margin if left else pen.width - margin - side
        if round_picture:
            pen.disc(x, top + (h - side) / 2, side, pen.colours(pen.data))
        else:
            pen.paste(photo(pen.data, 24), x, top + (h - side) / 2, side, side)
        start = margin + (side + 12 if left else 4)
        for line in range(lines + 1):
            text = pen.value(pen.data.randint(2, 4))[:26]
            ink, size = (palette.text, 15) if line == 0 else (palette.muted, 11)
            pen.text(start, top + 10 + line * 18, text, size, ink)
    return h * 6


def grid(pen: Pen, y: float) -> float:
    """Entries with marks and labels, three to five in a row."""
    columns, lines = pen.shape.randint(3, 5), pen.shape.randint(1, 3)
    h, size = pen.shape.randint(64, 90), pen.shape.randint(26, 44)
    cell = pen.width / columns
    for i in range(columns * lines):
        x, top = (i % columns) * cell, y + (i // columns) * h
        icon(pen, x + (cell - size) / 2, top + 8, size)
        pen.text(x + cell / 2, top + size + 14, pen.label()[:8], 11, pen.style.palette.text, "ma")
    return h * lines


def tiles(pen: Pen, y: float) -> float:
    """A gallery: pictures in columns, with captions or without."""
    columns, gap, captions = (
        pen.shape.randint(2, 4),
        pen.shape.choice((2, 8, 14)),
        pen.shape.random() < 0.5,
    )
    side = (pen.width - gap * (columns + 1)) / columns
    h = side * pen.shape.uniform(0.7, 1.4) + (24 if captions else 0)
    count = columns * pen.shape.randint(2, 4)
    for i in range(count):
        x, top = gap + (i % columns) * (side + gap), y + (i // columns) * (h + gap)
        pen.paste(photo(pen.data, 32), x, top, side, h - (24 if captions else 0))
        if captions:
            pen.text(x + 4, top + h - 20, pen.value(2)[:14], 12, pen.style.palette.text)
    return (h + gap) * (count // columns)


def chat(pen: Pen, y: float) -> float:
    """Bubbles of data from two sides."""
    palette, top = pen.style.palette, y
    radius, avatars = pen.shape.choice((4, 12, 18)), pen.shape.random() < 0.6
    for _ in range(pen.data.randint(4, 8)):
        mine, lines = pen.data.random() < 0.5, pen.data.randint(1, 3)
        w, h = pen.data.randint(80, 230), 18 + 18 * lines
        inset = 48 if avatars else 12
        x = pen.width - inset - w if mine else inset
        ground, ink = (
            (palette.primary, palette.on_primary) if mine else (palette.card, palette.text)
        )
        pen.box(x, top, w, h, ground, radius)
        if avatars:
            pen.disc(pen.width - 42 if mine else 8, top, 32, pen.colours(pen.data))
        for line in range(lines):
            text = pen.value(4)[: max(3, w // 12)]
            pen.text(x + 10, top + 8 + 18 * line, text, 13, ink)
        top += h + 12
    return top - y

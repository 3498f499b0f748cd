"""Blocks of one thing: a figure, a banner, a chart, a form, an article."""

from training.drawing import glyphs
from training.drawing.palette import mix
from training.drawing.pen import Pen
from training.drawing.pictures import gradient, photo


def hero(pen: Pen, y: float) -> float:
    """A coloured card with one large figure."""
    palette, margin, h = pen.style.palette, pen.style.margin, pen.shape.randint(90, 200)
    inset = pen.shape.choice((0, margin))
    across, anchor = pen.shape.random() < 0.5, pen.shape.choice(("la", "ma"))
    ground = gradient(
        palette.primary, mix(palette.primary, palette.accent, pen.shape.random()), across
    )
    pen.paste(ground, inset, y, pen.width - 2 * inset, h)
    x = pen.width / 2 if anchor == "ma" else inset + 16
    pen.text(x, y + h * 0.14, pen.label(2), 13, palette.on_primary, anchor)
    figure = glyphs.number(pen.data)
    pen.text(x, y + h * 0.34, figure, pen.shape.randint(26, 44), palette.on_primary, anchor)
    note, button = pen.label(1), pen.shape.random() < 0.5
    pen.text(x, y + h * 0.76, f"{note} {glyphs.number(pen.data)}", 11, palette.on_primary, anchor)
    if button:
        pen.box(pen.width - inset - 96, y + h * 0.7, 80, 26, palette.on_primary, 13)
        pen.text(pen.width - inset - 56, y + h * 0.7 + 13, pen.label(), 12, palette.primary, "mm")
    return h


def promo(pen: Pen, y: float) -> float:
    """A lasting banner: a picture or a gradient with words on it."""
    palette, margin, h = pen.style.palette, pen.style.margin, pen.shape.randint(60, 140)
    plain = pen.shape.random() < 0.6
    ground = (
        gradient(pen.colours(pen.shape), pen.colours(pen.shape), True)
        if plain
        else photo(pen.shape)
    )
    pen.paste(ground, margin, y + 4, pen.width - 2 * margin, h)
    pen.text(margin + 14, y + h * 0.25, pen.label(2), pen.shape.randint(16, 24), palette.on_primary)
    pen.text(margin + 14, y + h * 0.65, pen.label(3), 11, palette.on_primary)
    return h + 8.0


def chart(pen: Pen, y: float) -> float:
    """Bars or a line over lasting axes; the heights are data."""
    palette, margin, h = pen.style.palette, pen.style.margin, pen.shape.randint(110, 220)
    count, bars, left = pen.shape.randint(5, 14), pen.shape.random() < 0.5, margin + 10
    pen.box(margin / 2, y, pen.width - margin, h, palette.card, pen.style.radius)
    pen.text(left, y + 8, pen.label(2), 14, palette.text)
    step = (pen.width - 2 * left) / count
    heights = [pen.data.uniform(0.1, 1) * (h - 60) for _ in range(count)]
    if bars:
        for i, tall in enumerate(heights):
            pen.box(left + i * step, y + h - 20 - tall, step * 0.6, tall, palette.primary, 3)
    else:
        points = [(left + i * step, y + h - 20 - tall) for i, tall in enumerate(heights)]
        pen.line(points, palette.primary, 2)
    for i in range(0, count, 3):
        pen.text(left + i * step, y + h - 16, pen.label()[:4], 9, palette.muted)
    return float(h)


def form(pen: Pen, y: float) -> float:
    """Labelled fields, filled or not, and a button."""
    palette, margin, h = pen.style.palette, pen.style.margin, pen.shape.randint(54, 80)
    count, boxed = pen.shape.randint(1, 4), pen.shape.random() < 0.5
    for i in range(count):
        top = y + i * h
        pen.text(margin, top, pen.label(2), 12, palette.muted)
        outline = mix(palette.page, palette.text, 0.3)
        if boxed:
            pen.box(
                margin,
                top + 18,
                pen.width - 2 * margin,
                h - 28,
                palette.card,
                pen.style.radius,
                outline,
            )
        else:
            pen.box(margin, top + h - 12, pen.width - 2 * margin, 0.7, outline)
        hint = pen.label(2)
        filled = pen.data.random() < 0.6
        text, ink = (pen.value(2), palette.text) if filled else (hint, palette.muted)
        pen.text(margin + 10, top + 18 + (h - 28) / 2, text, 14, ink, "lm")
    return count * h + button(pen, y + count * h + 8) + 8


def button(pen: Pen, y: float) -> float:
    """One wide button, filled or outlined."""
    palette, h, inset = pen.style.palette, pen.shape.randint(38, 52), pen.shape.choice((16, 40, 90))
    full = pen.shape.random() < 0.7
    ground, ink = (palette.primary, palette.on_primary) if full else (palette.page, palette.primary)
    pen.box(inset, y + 6, pen.width - 2 * inset, h, ground, pen.style.radius * 2, palette.primary)
    pen.text(pen.width / 2, y + 6 + h / 2, pen.label(2), 16, ink, "mm")
    return float(h + 12)


def article(pen: Pen, y: float) -> float:
    """A heading that stays or not, and paragraphs of data."""
    palette, margin, size = pen.style.palette, pen.style.margin, pen.shape.randint(12, 17)
    heading, lasting, top = pen.label(2), pen.shape.random() < 0.5, y + 30
    pen.text(margin, y, heading if lasting else pen.value(2), 20, palette.text)
    for _ in range(pen.data.randint(6, 16)):
        share = pen.data.choice((1.0, 1.0, 1.0, 0.6))
        text = pen.value(9)[: int(share * (pen.width - 2 * margin) / (size * 0.62))]
        if pen.style.script in {"hanzi", "kana", "hangul"}:
            text = text[: int((pen.width - 2 * margin) / size)]
        pen.text(margin, top, text, size, palette.text)
        top += size * 1.6
    return top - y + 8

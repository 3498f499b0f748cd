"""What stands over a screen's content: its title, its tabs, the system's signs and notices."""

from random import Random

from training.drawing import glyphs
from training.drawing.block_lists import icon
from training.drawing.palette import mix
from training.drawing.pen import Pen, Screen
from training.drawing.pictures import mark


def title_bar(pen: Pen, screen: Screen, tall: float) -> None:
    palette, style = pen.style.palette, pen.style
    coloured = Random(f"bar {screen.family}").random() < 0.45
    ground, ink = (
        (palette.primary, palette.on_primary) if coloured else (palette.card, palette.text)
    )
    pen.box(0, 0, pen.width, 24 + tall, ground)
    brand = Random(f"brand {screen.family} {screen.variant}")
    logo = mark(brand, style.face, style.script, pen.colours(brand), ground)
    name = glyphs.phrase(brand, style.script, 1)
    middle, x = 24 + min(tall, 52) / 2, 14.0
    if pen.shape.random() < 0.5:
        pen.paste(logo, x, middle - 15, 30, 30)
        x += 40
    else:
        pen.text(x, middle, "‹", 24, ink, "lm")
        x += 24
    title = name if pen.shape.random() < 0.6 else pen.label(2)
    centred = pen.shape.random() < 0.4
    size = pen.shape.randint(16, 24)
    pen.text(pen.width / 2 if centred else x, middle, title, size, ink, "mm" if centred else "lm")
    for i in range(pen.shape.randint(0, 3)):
        pen.disc(pen.width - 36 - 34 * i, middle - 9, 18, mix(ground, ink, 0.7))
    if tall > 60:
        grey = mix(ground, ink, 0.12)
        pen.box(14, 24 + tall - 40, pen.width - 28, 32, grey, style.radius * 2)
        pen.text(28, 24 + tall - 24, pen.label(2), 13, mix(ground, ink, 0.5), "lm")


def tabs(pen: Pen, screen: Screen) -> None:
    """The app's tab bar: the same marks on all its screens, another one lit."""
    palette, top = pen.style.palette, pen.height - 56
    app = Random(f"tabs {screen.family} {screen.variant}")
    count = Random(f"tab count {screen.family}").randint(3, 5)
    pen.box(0, top, pen.width, 56, palette.card)
    pen.box(0, top, pen.width, 0.5, palette.muted)
    cell = pen.width / count
    for i in range(count):
        pen.words = Random(app.random())
        ink = palette.primary if i == screen.screen else palette.muted
        pen.shape = Random(f"{screen.family} {i}")
        icon(pen, cell * (i + 0.5) - 11, top + 6, 22)
        pen.text(cell * (i + 0.5), top + 32, pen.label()[:7], 10, ink, "ma")


def status(pen: Pen, titled: bool) -> None:
    """Clock and signs at the top edge: never the same, never the app's."""
    palette, data = pen.style.palette, pen.data
    ink = palette.muted if titled else palette.text
    if data.random() < 0.85:
        pen.text(16, 12, f"{data.randrange(24)}:{data.randrange(60):02d}", 12, ink, "lm")
        for i in range(data.randint(2, 5)):
            pen.box(pen.width - 28 - 18 * i, 8, data.randint(6, 14), 8, ink, 2)


def overlay(pen: Pen) -> None:
    """What the system or a moment lays over a screen: a notice, a toast, a navigation bar."""
    data, kind = pen.data, pen.data.random()
    grey = data.choice(((250, 250, 250), (40, 40, 44)))
    ink = (30, 30, 30) if grey[0] > 100 else (240, 240, 240)
    if kind < 0.1:
        y = data.uniform(6, 40)
        pen.box(10, y, pen.width - 20, 58, grey, 14)
        pen.disc(20, y + 14, 30, pen.colours(data))
        pen.text(60, y + 10, pen.value(2), 13, ink)
        pen.text(60, y + 32, pen.value(3)[:28], 11, ink)
    elif kind < 0.2:
        w, y = data.randint(100, 240), pen.height * data.uniform(0.6, 0.85)
        pen.box((pen.width - w) / 2, y, w, 36, (50, 50, 54), 18)
        pen.text(pen.width / 2, y + 18, pen.value(2)[:14], 13, (240, 240, 240), "mm")
    if data.random() < 0.4:
        pen.box(pen.width / 2 - 60, pen.height - 8, 120, 4, pen.style.palette.muted, 2)

"""Apps that nobody designed: from a seed, an app's screens; from a second one, a shot of one.

A family is an app and its look-alikes, which share its layout and colours and differ in what is
written and in their marks. A shot differs from the next of the same screen in device, text size,
scroll position, data, and in what the system lays over it.
"""

from random import Random

from PIL import Image

from training.drawing import glyphs
from training.drawing.bars import overlay, status, tabs, title_bar
from training.drawing.blocks import BLOCKS
from training.drawing.palette import draw_palette, mix
from training.drawing.pen import WIDTH_DP, Pen, Screen, Style
from training.drawing.pictures import photo, texture

SIDE_PX = (184, 264)  # the width shots are drawn at: at most 256 patches show about 176


def draw_family(family: int) -> list[Screen]:
    """The screens of a family: one to four apps of one to three screens."""
    rng = Random(f"family {family}")
    variants, screens = rng.choice((1, 1, 2, 3, 4)), rng.choice((1, 2, 2, 3))
    return [Screen(family, v, s) for v in range(variants) for s in range(screens)]


def draw_shot(screen: Screen, shot: int) -> Image.Image:
    """One shot, RGB, 184 to 264 px wide; the same numbers and fonts, the same pixels."""
    if Random(f"kind {screen.family}").random() < 0.06:
        data = _chance(screen, shot)
        width, height = _device(data)
        return texture(Random(f"{screen.layout} {screen.variant}"), data, height, width)
    pen = open_pen(screen, shot)
    _draw(pen, screen)
    shell = Random(f"shell {screen.family}")
    return _framed(pen, screen, shell) if shell.random() < 0.12 else pen.image


def open_pen(screen: Screen, shot: int) -> Pen:
    """An empty page of the screen's app on the shot's device."""
    data, style = _chance(screen, shot), _style(screen.family)
    width, height = _device(data)
    dp = WIDTH_DP * data.choice((1.0, 1.0, data.uniform(0.88, 1.15)))
    if height < width * 1.6:  # a tablet shows more, not larger
        dp *= 1.4
    image = Image.new("RGB", (width, height), style.palette.page)
    size = data.choice((1.0, 1.0, data.uniform(0.85, 1.25)))
    layout, words = Random(screen.layout), Random(screen.lettering)
    return Pen(image, style, width / dp, size, layout, words, data)


def _chance(screen: Screen, shot: int) -> Random:
    return Random(f"shot {screen} {shot}")


def _device(data: Random) -> tuple[int, int]:
    width = data.randint(*SIDE_PX)
    ratio = data.choices((data.uniform(1.9, 2.25), 16 / 9, data.uniform(1.2, 1.6)), (75, 18, 7))[0]
    return width, round(width * ratio)


def _style(family: int) -> Style:
    rng = Random(f"style {family}")
    script = glyphs.pick_script(rng)
    return Style(
        palette=draw_palette(rng), face=glyphs.pick_face(rng, script), script=script,
        radius=rng.choice((0, 4, 8, 14, 22)), margin=rng.choice((8, 12, 16, 20)),
        density=rng.uniform(0.85, 1.25),
    )  # fmt: skip


def _draw(pen: Pen, screen: Screen) -> None:
    shape = Random(f"{screen.layout} blocks")
    chosen = [shape.choice(BLOCKS) for _ in range(shape.randint(2, 5))]
    gap, tabbed, titled = shape.randint(4, 16), shape.random() < 0.55, shape.random() < 0.85
    tall = shape.choice((44, 52, 64, 96))
    scrolled = pen.data.choice((0.0, 0.0, pen.data.uniform(0, 160)))
    y = 24.0 + (tall if titled else 0) + gap - scrolled
    for number, block in enumerate(chosen):
        y += block(_own(pen, screen, f"block {number}"), y) + gap
    if titled:
        title_bar(_own(pen, screen, "bar"), screen, tall)
    status(pen, titled)
    if tabbed:
        tabs(_own(pen, screen, "tabs"), screen)
    overlay(pen)


def _own(pen: Pen, screen: Screen, part: str) -> Pen:
    """The pen with chance of this part's own, so that no part's data can move another's layout."""
    pen.shape = Random(f"{screen.layout} {part}")
    pen.words = Random(f"{screen.lettering} {part}")
    return pen


def _framed(pen: Pen, screen: Screen, shell: Random) -> Image.Image:
    """The screen as a shop window shows it: a caption over a device on the app's colour."""
    palette, style = pen.style.palette, pen.style
    width, height = pen.image.size
    share, dark = shell.uniform(0.68, 0.86), shell.random() < 0.5
    ground = palette.primary if shell.random() < 0.7 else mix(palette.page, palette.primary, 0.2)
    sheet = Pen(
        Image.new("RGB", (width, height), ground), style, pen.scale, 1.0, pen.shape,
        Random(f"{screen.lettering} caption"), pen.data,
    )  # fmt: skip
    if shell.random() < 0.2:
        sheet.paste(photo(shell), 0, 0, sheet.width, sheet.height)
    sheet.text(sheet.width / 2, sheet.height * 0.06, sheet.label(2), 22, palette.on_primary, "mm")
    w, h = sheet.width * share, sheet.height * share
    x, y = (sheet.width - w) / 2, sheet.height * (1 - share) * shell.uniform(0.7, 1.1)
    rim = (16, 16, 18) if dark else (235, 235, 238)
    sheet.box(x - 6, y - 6, w + 12, h + 12, rim, 18)
    sheet.paste(pen.image, x, y, w, h)
    return sheet.image

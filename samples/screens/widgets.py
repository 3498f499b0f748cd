"""The blocks pages are made of. Each draws at `y` and returns where the next one may begin."""

from __future__ import annotations

from samples.screens.draw import WHITE, Canvas, Color, mix
from samples.screens.shot import Shot

Row = tuple[str, str]  # name, value ("" for a row that only leads on)
ROW_ICONS = ("user", "phone", "card", "shield", "pin", "bill", "clock", "lock", "gift", "coin")


def heading(c: Canvas, shot: Shot, y: float, words: str) -> float:
    style = shot.style
    if style.stacked:
        c.box(style.margin, y + 12, 4, 16, shot.brand.primary)
        c.text(style.margin + 12, y + 20, words, 16, shot.theme.ink, bold=True)
        return y + 40
    c.text(style.margin + 4, y + 17, words, 13, shot.theme.soft)
    return y + 34


def rows(c: Canvas, shot: Shot, y: float, items: list[Row], arrows: bool = True) -> float:
    """A card of names and values; style b puts an icon before and the value underneath."""
    style, theme = shot.style, shot.theme
    x, wide, tall = style.margin, c.width - 2 * style.margin, style.row_height
    c.box(x, y, wide, tall * len(items), theme.card, style.radius)
    for n, (name, value) in enumerate(items):
        middle = y + tall * (n + 0.5)
        right = c.width - x - 14
        if arrows:
            c.icon("next", right, middle, 14, theme.faint)
            right -= 14
        if style.stacked:
            _stacked_row(c, shot, middle, n, (name, value))
        else:
            used = c.text(x + 14, middle, name, 15, theme.ink)
            if value:
                room = right - x - used - 26
                c.text(right, middle, value, 14, theme.soft, anchor="r", room=room)
        if n + 1 < len(items):
            c.rule(x + 14, y + tall * (n + 1), wide - 28, theme.rule)
    return y + tall * len(items) + 12


def _stacked_row(c: Canvas, shot: Shot, middle: float, n: int, row: Row) -> None:
    x = shot.style.margin
    name, value = row
    c.box(x + 12, middle - 17, 34, 34, mix(shot.brand.primary, shot.theme.card, 0.82), 17)
    c.icon(ROW_ICONS[n % len(ROW_ICONS)], x + 29, middle, 20, shot.brand.primary)
    if value:
        c.text(x + 58, middle - 11, name, 12, shot.theme.soft)
        c.text(x + 58, middle + 11, value, 15, shot.theme.ink, room=230)
    else:
        c.text(x + 58, middle, name, 15, shot.theme.ink)


def button(c: Canvas, shot: Shot, y: float, words: str, inset: float = 0.0) -> float:
    x = shot.style.margin + inset
    radius = 23.0 if shot.style.pill else shot.style.radius
    c.box(x, y, c.width - 2 * x, 46, shot.brand.primary, radius)
    c.text(c.width / 2, y + 23, words, 17, WHITE, bold=True, anchor="m")
    return y + 58


def columns(c: Canvas, shot: Shot, y: float, items: list[Row]) -> float:
    """A card of figures side by side: (value, caption)."""
    style, theme = shot.style, shot.theme
    wide = c.width - 2 * style.margin
    c.box(style.margin, y, wide, 70, theme.card, style.radius)
    step = wide / len(items)
    for n, (value, caption) in enumerate(items):
        x = style.margin + step * (n + 0.5)
        upper, lower = (48.0, 22.0) if style.stacked else (25.0, 49.0)
        c.text(x, y + upper, value, 17, theme.ink, bold=True, anchor="m", room=step - 8)
        c.text(x, y + lower, caption, 12, theme.soft, anchor="m", room=step - 8)
    return y + 82


def grid(c: Canvas, shot: Shot, y: float, items: list[Row], across: int = 4) -> float:
    """A card of icons with a word under each: (icon, word)."""
    style, theme = shot.style, shot.theme
    wide = c.width - 2 * style.margin
    deep = 78.0 * ((len(items) + across - 1) // across) + 10
    c.box(style.margin, y, wide, deep, theme.card, style.radius)
    step = wide / across
    for n, (icon, word) in enumerate(items):
        x, top = style.margin + step * (n % across + 0.5), y + 8 + 78 * (n // across)
        if style.stacked:
            c.box(x - 20, top + 4, 40, 40, mix(shot.brand.primary, theme.card, 0.82), 8)
        c.icon(icon, x, top + 24, 26, shot.brand.primary)
        c.text(x, top + 58, word, 12, theme.ink, anchor="m", room=step - 4)
    return y + deep + 12


def banner(c: Canvas, shot: Shot, y: float, words: str, tone: Color) -> float:
    """A promotion: a coloured strip with a gift and a small button."""
    x = shot.style.margin
    wide = c.width - 2 * x
    c.gradient(x, y, wide, 60, (mix(tone, WHITE, 0.2), tone), shot.style.radius)
    c.icon("gift", x + 32, y + 30, 34, WHITE)
    c.text(x + 60, y + 30, words, 15, WHITE, bold=True, room=wide - 150)
    c.box(x + wide - 76, y + 17, 64, 26, WHITE, 13)
    c.text(x + wide - 44, y + 30, "去看看", 12, tone, anchor="m")
    return y + 72


def notice(c: Canvas, shot: Shot, y: float, words: str) -> float:
    """The strip right under the title with one line of news."""
    tone = (176, 112, 30)
    c.box(0, y, c.width, 34, mix(tone, shot.theme.card, 0.88))
    c.icon("bell", 24, y + 17, 16, tone)
    c.text(40, y + 17, words, 12.5, tone, room=c.width - 60)
    return y + 44


def small_print(c: Canvas, shot: Shot, y: float, lines: list[str]) -> float:
    for line in lines:
        c.text(c.width / 2, y + 11, line, 12, shot.theme.faint, anchor="m", room=c.width - 40)
        y += 22
    return y + 6


def tall_head(c: Canvas, shot: Shot, depth: float) -> None:
    """The brand's colour running on from the title bar into the page."""
    brand = shot.brand
    c.gradient(0, 0, c.width, depth, (brand.primary, brand.deep))

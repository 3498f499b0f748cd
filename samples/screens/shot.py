"""What one screenshot is of: the phone, the brand, the person, and how far it is scrolled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from samples.screens.brands import Brand
from samples.screens.chrome import bottom_inset, draw_home_bar, draw_status, draw_tabs, draw_title
from samples.screens.data import Money, Person
from samples.screens.device import WIDTH_DP, Phone
from samples.screens.draw import WHITE, Canvas, Color
from samples.screens.fonts import Face
from samples.screens.style import Style, Theme

TALL_DP = 1700.0
TITLE_DP = 46.0
TAB_DP = 54.0


@dataclass(frozen=True)
class Shot:
    phone: Phone
    face: Face
    font_scale: float
    style: Style
    theme: Theme
    brand: Brand
    person: Person
    money: Money
    scroll: float  # 0..1 of what the page can be scrolled
    rng: Random

    def canvas(self, height_dp: float, fill: Color) -> Canvas:
        size = (WIDTH_DP, height_dp)
        return Canvas(size, self.phone.scale, self.face, self.font_scale, fill)


# Draws from y = 0 down and answers where it ended, both in layout units.
Body = Callable[[Canvas, Shot], float]


@dataclass(frozen=True)
class Page:
    """A screen: what scrolls, and the bars that do not."""

    title: str
    body: Body
    bar: Color | None = None  # None: the colour of the page
    action: str = ""
    back: bool = True
    tabs: tuple[tuple[str, str], ...] = ()  # (icon, word)
    tab_on: int = 0


def render(page: Page, shot: Shot) -> Canvas:
    """The body is drawn whole on a tall canvas, and the part scrolled to is shown."""
    theme = shot.theme
    tall = shot.canvas(TALL_DP, theme.page)
    end = page.body(tall, shot) + 16
    screen = shot.canvas(shot.phone.height_dp, theme.page)
    bar = page.bar or theme.page
    ink = WHITE if page.bar else theme.ink
    top = shot.phone.bar_dp + (TITLE_DP if page.title else 0.0)
    foot = bottom_inset(shot.phone) + (TAB_DP if page.tabs else 0.0)
    room = screen.height - top - foot
    screen.paste(tall, shot.scroll * max(0.0, end - room), top, room)
    screen.box(0, 0, screen.width, top, bar)
    draw_status(screen, shot.phone, ink, shot.rng)
    if page.title:
        middle = shot.phone.bar_dp + TITLE_DP / 2
        draw_title(screen, middle, page.title, ink, shot.style.centred, page.back, page.action)
    if page.tabs:
        y = screen.height - foot
        draw_tabs(screen, y, foot, page.tabs, page.tab_on, shot.brand.primary, theme)
    draw_home_bar(screen, shot.phone, theme.ink)
    return screen

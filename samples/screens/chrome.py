"""What surrounds a page: status bar, title bar, tab bar, and what pops up over it."""

from __future__ import annotations

from random import Random

from samples.screens.device import Phone
from samples.screens.draw import WHITE, Canvas, Color, mix
from samples.screens.style import Theme

# Invented carriers; many phones show none.
CARRIERS = ("", "", "青联移动", "山海通信", "鹿湾电信")
TOASTS = (
    "网络不给力,请稍后重试",
    "复制成功",
    "已刷新",
    "再按一次退出",
    "数据加载完成",
    "截屏已保存",
)


def bottom_inset(phone: Phone) -> float:
    """Phones without a home button keep a strip for the swipe bar."""
    return 20.0 if phone.height / phone.width > 1.9 else 0.0


def draw_home_bar(c: Canvas, phone: Phone, ink: Color) -> None:
    if bottom_inset(phone):
        c.box(c.width / 2 - 60, c.height - 10, 120, 4, ink, 2)


def draw_status(c: Canvas, phone: Phone, ink: Color, rng: Random) -> None:
    y = phone.bar_dp * 0.56
    clock = f"{rng.randrange(24)}:{rng.randrange(60):02d}"
    network = rng.choice(("5G", "4G", "5G", "HD"))
    carrier = rng.choice(CARRIERS)
    notch = phone.ios and phone.bar_dp > 30
    if phone.ios and not notch:
        if carrier:
            c.text(8, y, carrier, 11, ink)
        c.text(c.width / 2, y, clock, 12, ink, bold=True, anchor="m")
    else:
        left = 30 if notch else 14
        wide = c.text(left, y, clock, 14 if notch else 12, ink, bold=notch)
        if carrier and not notch:
            c.text(left + wide + 8, y, carrier, 10, ink)
    right = _battery(c, c.width - 14, y, ink, rng)
    right -= c.text(right, y, network, 10, ink, bold=True, anchor="r") + 6
    bars = rng.randrange(2, 5)
    for n in range(4):
        tone = ink if n < bars else mix(ink, (128, 128, 128), 0.7)
        c.box(right - 16 + n * 4, y + 5 - (3 + 2 * n), 2.6, 3 + 2 * n, tone, 0.6)


def _battery(c: Canvas, right: float, y: float, ink: Color, rng: Random) -> float:
    """A battery, and on some phones its percentage; returns where it begins."""
    charge = rng.randrange(12, 101)
    grey = mix(ink, (128, 128, 128), 0.6)
    c.box(right - 22, y - 5.5, 22, 11, grey, 3)
    c.box(right - 21, y - 4.5, max(3.0, 20 * charge / 100), 9, ink, 2)
    if rng.random() < 0.4:
        return right - 28 - c.text(right - 26, y, f"{charge}%", 10, ink, anchor="r")
    return right - 27


def draw_title(
    c: Canvas, y: float, title: str, ink: Color, centred: bool, back: bool, action: str
) -> None:
    if back:
        c.icon("back", 20, y, 20, ink)
    if centred:
        c.text(c.width / 2, y, title, 17, ink, bold=True, anchor="m", room=230)
    else:
        c.text(40 if back else 20, y, title, 19, ink, bold=True, room=250)
    if action:
        c.text(c.width - 14, y, action, 13, ink, anchor="r")
    else:
        c.icon("more", c.width - 24, y, 20, ink)


def draw_tabs(
    c: Canvas, y: float, height: float, tabs: tuple[tuple[str, str], ...], on: int,
    primary: Color, theme: Theme,
) -> None:  # fmt: skip
    c.cover(0, y, c.width, height)
    fill = theme.card if theme.dark else WHITE
    c.box(0, y, c.width, height, fill)
    c.rule(0, y, c.width, theme.rule)
    step = c.width / len(tabs)
    for n, (icon, word) in enumerate(tabs):
        tone = primary if n == on else theme.faint
        c.icon(icon, step * (n + 0.5), y + 18, 22, tone)
        c.text(step * (n + 0.5), y + 40, word, 10.5, tone, anchor="m", bold=n == on)


def draw_toast(c: Canvas, rng: Random) -> None:
    """A short dark message over the lower part of the page."""
    words = rng.choice(TOASTS)
    wide = c.text_width(words, 14) + 40
    x, y = (c.width - wide) / 2, c.height * rng.uniform(0.62, 0.8)
    c.cover(x, y, wide, 42)
    c.box(x, y, wide, 42, (58, 58, 62), 21)
    c.text(c.width / 2, y + 21, words, 14, WHITE, anchor="m")


def draw_bubble(c: Canvas, primary: Color, rng: Random) -> None:
    """The floating button to the brand's helpers, over the right edge."""
    y = c.height * rng.uniform(0.55, 0.78)
    c.cover(c.width - 56, y - 24, 48, 48)
    c.box(c.width - 56, y - 24, 48, 48, WHITE, 24)
    c.box(c.width - 53, y - 21, 42, 42, mix(primary, WHITE, 0.1), 21)
    c.icon("chat", c.width - 32, y, 24, WHITE)

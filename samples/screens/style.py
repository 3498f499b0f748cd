"""Two ways to lay a screen out. `b` exists so that a method can be tried on what it never saw."""

from __future__ import annotations

from dataclasses import dataclass

from samples.screens.brands import BRANDS_A, BRANDS_B, STRANGERS_A, STRANGERS_B, Brand
from samples.screens.draw import WHITE, Color


@dataclass(frozen=True)
class Theme:
    """The neutral colours of a screen, light or dark."""

    dark: bool
    page: Color
    card: Color
    ink: Color
    soft: Color
    faint: Color
    rule: Color


@dataclass(frozen=True)
class Style:
    """Sizes in layout units. `stacked` rows carry an icon and put the value under the name."""

    key: str
    margin: float
    radius: float
    row_height: float
    centred: bool
    stacked: bool
    pill: bool
    light: Theme
    dark: Theme
    brands: tuple[Brand, ...]
    strangers: tuple[str, ...]

    def brand(self, key: str) -> Brand:
        return next(brand for brand in self.brands if brand.key == key)


STYLES = {
    "a": Style(
        key="a", margin=12, radius=10, row_height=50, centred=True, stacked=False, pill=True,
        light=Theme(False, (245, 246, 248), WHITE, (34, 36, 40), (110, 114, 122), (160, 164, 172),
                    (234, 235, 238)),
        dark=Theme(True, (18, 18, 20), (34, 35, 38), (236, 236, 238), (168, 170, 176),
                   (124, 126, 132), (54, 55, 58)),
        brands=BRANDS_A, strangers=STRANGERS_A,
    ),
    "b": Style(
        key="b", margin=20, radius=4, row_height=62, centred=False, stacked=True, pill=False,
        light=Theme(False, (252, 250, 246), (242, 239, 232), (46, 40, 36), (116, 106, 98),
                    (158, 150, 142), (226, 221, 212)),
        dark=Theme(True, (22, 24, 32), (38, 41, 54), (232, 234, 242), (166, 170, 184),
                   (122, 126, 140), (58, 62, 76)),
        brands=BRANDS_B, strangers=STRANGERS_B,
    ),
}  # fmt: skip

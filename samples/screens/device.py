"""The phones a screenshot may come from."""

from __future__ import annotations

from dataclasses import dataclass

# Every screen is laid out on this many units; one unit is width / 375 pixels.
WIDTH_DP = 375.0


@dataclass(frozen=True)
class Phone:
    """Sizes in pixels; `bar_dp` is the height of the status bar in layout units."""

    width: int
    height: int
    ios: bool
    bar_dp: float

    @property
    def name(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def scale(self) -> float:
        return self.width / WIDTH_DP

    @property
    def height_dp(self) -> float:
        return self.height / self.scale


PHONES = (
    Phone(720, 1280, ios=False, bar_dp=24),
    Phone(720, 1520, ios=False, bar_dp=28),
    Phone(720, 1600, ios=False, bar_dp=30),
    Phone(750, 1334, ios=True, bar_dp=20),
    Phone(828, 1792, ios=True, bar_dp=44),
    Phone(1080, 1920, ios=False, bar_dp=24),
    Phone(1080, 2340, ios=False, bar_dp=32),
    Phone(1080, 2400, ios=False, bar_dp=34),
    Phone(1170, 2532, ios=True, bar_dp=47),
)
# How readily each phone is dealt; the smaller ones keep the committed images small.
WEIGHTS = (9.0, 6.0, 6.0, 7.0, 4.0, 0.7, 0.7, 0.7, 0.7)

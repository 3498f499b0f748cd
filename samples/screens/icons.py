"""Line icons, as strokes in a unit square."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw

Stroke = tuple[str, tuple[float, ...]]

ICONS: dict[str, tuple[Stroke, ...]] = {
    "next": (("line", (0.38, 0.2, 0.66, 0.5, 0.38, 0.8)),),
    "back": (("line", (0.64, 0.15, 0.3, 0.5, 0.64, 0.85)),),
    "more": (("disc", (0.2, 0.5, 0.08)), ("disc", (0.5, 0.5, 0.08)), ("disc", (0.8, 0.5, 0.08))),
    "plus": (("line", (0.5, 0.15, 0.5, 0.85)), ("line", (0.15, 0.5, 0.85, 0.5))),
    "check": (("line", (0.2, 0.52, 0.42, 0.74, 0.8, 0.28)),),
    "user": (("ring", (0.5, 0.32, 0.18)), ("arc", (0.5, 0.9, 0.36, 180, 360))),
    "home": (
        ("line", (0.12, 0.5, 0.5, 0.16, 0.88, 0.5)),
        ("line", (0.24, 0.45, 0.24, 0.85, 0.76, 0.85, 0.76, 0.45)),
    ),
    "card": (("rect", (0.1, 0.22, 0.9, 0.78)), ("line", (0.1, 0.42, 0.9, 0.42))),
    "bill": (
        ("rect", (0.2, 0.1, 0.8, 0.9)),
        ("line", (0.34, 0.35, 0.66, 0.35)),
        ("line", (0.34, 0.55, 0.66, 0.55)),
    ),
    "coin": (
        ("ring", (0.5, 0.5, 0.38)),
        ("line", (0.36, 0.28, 0.5, 0.48, 0.64, 0.28)),
        ("line", (0.5, 0.48, 0.5, 0.74)),
        ("line", (0.36, 0.54, 0.64, 0.54)),
    ),
    "clock": (("ring", (0.5, 0.5, 0.38)), ("line", (0.5, 0.28, 0.5, 0.52, 0.66, 0.6))),
    "lock": (("rect", (0.2, 0.44, 0.8, 0.86)), ("arc", (0.5, 0.44, 0.2, 180, 360))),
    "phone": (("rect", (0.28, 0.08, 0.72, 0.92)), ("disc", (0.5, 0.8, 0.04))),
    "pin": (("ring", (0.5, 0.4, 0.28)), ("line", (0.28, 0.58, 0.5, 0.94, 0.72, 0.58))),
    "bell": (
        ("arc", (0.5, 0.46, 0.28, 180, 360)),
        ("line", (0.22, 0.46, 0.22, 0.72, 0.78, 0.72, 0.78, 0.46)),
        ("line", (0.42, 0.86, 0.58, 0.86)),
    ),
    "gear": (
        ("ring", (0.5, 0.5, 0.16)),
        ("line", (0.5, 0.08, 0.86, 0.29, 0.86, 0.71, 0.5, 0.92, 0.14, 0.71, 0.14, 0.29, 0.5, 0.08)),
    ),
    "gift": (
        ("rect", (0.14, 0.34, 0.86, 0.88)),
        ("line", (0.5, 0.34, 0.5, 0.88)),
        ("line", (0.3, 0.12, 0.5, 0.34, 0.7, 0.12)),
    ),
    "scan": (
        ("line", (0.12, 0.32, 0.12, 0.12, 0.32, 0.12)),
        ("line", (0.68, 0.12, 0.88, 0.12, 0.88, 0.32)),
        ("line", (0.88, 0.68, 0.88, 0.88, 0.68, 0.88)),
        ("line", (0.32, 0.88, 0.12, 0.88, 0.12, 0.68)),
        ("line", (0.12, 0.5, 0.88, 0.5)),
    ),
    "shield": (
        ("line", (0.5, 0.08, 0.86, 0.22, 0.8, 0.62, 0.5, 0.92, 0.2, 0.62, 0.14, 0.22, 0.5, 0.08)),
    ),
    "chat": (
        ("ring", (0.5, 0.46, 0.36)),
        ("disc", (0.36, 0.46, 0.05)),
        ("disc", (0.64, 0.46, 0.05)),
    ),
    "chart": (
        ("line", (0.14, 0.1, 0.14, 0.88, 0.9, 0.88)),
        ("line", (0.28, 0.66, 0.46, 0.42, 0.62, 0.56, 0.84, 0.24)),
    ),
    "play": (("fill", (0.3, 0.18, 0.82, 0.5, 0.3, 0.82)),),
    "star": (
        ("fill", (0.5, 0.08, 0.62, 0.38, 0.94, 0.4, 0.69, 0.6, 0.78, 0.92, 0.5, 0.74)),
        ("fill", (0.5, 0.08, 0.38, 0.38, 0.06, 0.4, 0.31, 0.6, 0.22, 0.92, 0.5, 0.74)),
    ),
    "sun": (
        ("disc", (0.5, 0.5, 0.24)),
        ("line", (0.5, 0.04, 0.5, 0.16)),
        ("line", (0.5, 0.84, 0.5, 0.96)),
        ("line", (0.04, 0.5, 0.16, 0.5)),
        ("line", (0.84, 0.5, 0.96, 0.5)),
    ),
    "search": (("ring", (0.44, 0.44, 0.3)), ("line", (0.66, 0.66, 0.9, 0.9))),
}


@lru_cache(maxsize=512)
def icon_mask(name: str, side_px: int) -> Image.Image:
    """(side, side) coverage, averaged down from four times the size."""
    side = side_px * 4
    mask = Image.new("L", (side, side))
    pen = ImageDraw.Draw(mask)
    width = max(4, round(side * 0.075))
    for kind, unit in ICONS[name]:
        _stroke(
            pen,
            kind,
            [v * side for v in unit[:3]] if kind == "arc" else [v * side for v in unit],
            unit,
            width,
        )
    return mask.reduce(4)


def _stroke(
    pen: ImageDraw.ImageDraw, kind: str, at: list[float], unit: tuple[float, ...], width: int
) -> None:
    if kind == "line":
        pen.line(at, fill=255, width=width, joint="curve")
    elif kind == "fill":
        pen.polygon(at, fill=255)
    elif kind == "rect":
        x0, y0, x1, y1 = at
        pen.rounded_rectangle((x0, y0, x1, y1), radius=width * 1.5, outline=255, width=width)
    else:
        x, y, r = at[:3]
        box = (x - r, y - r, x + r, y + r)
        if kind == "disc":
            pen.ellipse(box, fill=255)
        elif kind == "ring":
            pen.ellipse(box, outline=255, width=width)
        else:
            pen.arc(box, unit[3], unit[4], fill=255, width=width)

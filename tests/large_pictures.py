"""Large pictures made of a sample screen: stretched by more content below, or on a desktop."""

from PIL import Image, ImageDraw


def stretched(screen: Image.Image, times: int) -> Image.Image:
    """A long screenshot: the screen, and its lower half again and again below."""
    tall = Image.new("RGB", (screen.width, screen.height * times), "white")
    tall.paste(screen, (0, 0))
    more = screen.crop((0, screen.height // 2, screen.width, screen.height))
    for y in range(screen.height, tall.height, more.height):
        tall.paste(more, (0, y))
    return tall


def on_desktop(screen: Image.Image, *, plain: bool = True) -> Image.Image:
    """The screen mirrored at 800 px of height on a desktop of 3840 x 2160, plain or in use."""
    desktop = Image.new("RGB", (3840, 2160), (30, 60, 90))
    if not plain:
        draw = ImageDraw.Draw(desktop)
        for band in range(0, 2160, 8):
            draw.rectangle((0, band, 3840, band + 8), (20 + band // 16, 60, 120 - band // 24))
        draw.rectangle((0, 2080, 3840, 2160), (240, 240, 240))
        draw.rectangle((2400, 200, 3600, 1500), "white")
        draw.rectangle((2400, 200, 3600, 260), (200, 200, 210))
    desktop.paste(screen.resize((round(screen.width * 800 / screen.height), 800)), (1700, 300))
    return desktop

"""Screens with little or no text: maps, games, photographs, a calendar, an empty page."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from samples.screens.draw import WHITE, Canvas, Color, mix
from samples.screens.everyday import TINTS
from samples.screens.shot import Page, Shot

SONGS = ("松针上的雨", "第七个渡口", "晚风来信", "纸鸢与海", "慢慢走过长街")


def music(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        rng, tint = shot.rng, shot.rng.choice(TINTS)
        dusk = mix(tint, (20, 20, 30), 0.7)
        c.box(0, 0, c.width, c.height, dusk)
        c.gradient(c.width / 2 - 125, 40, 250, 250, (tint, mix(tint, (20, 20, 30), 0.4)), 125)
        c.box(c.width / 2 - 35, 130, 70, 70, dusk, 35)
        c.text(c.width / 2, 340, rng.choice(SONGS), 22, WHITE, bold=True, anchor="m")
        c.text(c.width / 2, 374, "云间乐队", 14, (190, 190, 200), anchor="m")
        c.box(30, 440, c.width - 60, 3, (110, 110, 120), 1)
        c.box(30, 440, rng.uniform(20, 280), 3, WHITE, 1)
        c.text(30, 460, f"0{rng.randrange(3)}:{rng.randrange(60):02d}", 12, WHITE)
        c.text(c.width - 30, 460, f"04:{rng.randrange(60):02d}", 12, WHITE, anchor="r")
        c.icon("play", c.width / 2, 520, 56, WHITE)
        return 560

    return Page("", body)


def street_map(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        rng = shot.rng
        c.box(0, 0, c.width, c.height, (240, 238, 232))
        c.box(0, 260, c.width, rng.uniform(40, 90), (170, 208, 236))
        for _ in range(14):
            c.box(
                rng.uniform(0, 340),
                rng.uniform(0, 900),
                rng.uniform(40, 110),
                rng.uniform(40, 90),
                (214, 232, 204),
                4,
            )
        for n in range(7):
            c.box(0, 40 + n * 120.0 + rng.uniform(-20, 20), c.width, 10, WHITE)
            c.box(n * 62.0 + rng.uniform(-10, 10), 0, 10, 900, WHITE)
        for place in ("听泉公园", "望汐大道", "禾岚路口", "望舒广场", "青屿站"):
            c.text(rng.uniform(10, 270), rng.uniform(20, 560), place, 13, (90, 90, 96))
        c.icon("pin", c.width / 2, 320, 44, (220, 60, 50))
        return 300

    return Page("地图导航", body, action="路线")


def game_menu(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        rng, tint = shot.rng, shot.rng.choice(TINTS)
        c.gradient(0, 0, c.width, 900, (mix(tint, WHITE, 0.4), mix(tint, (10, 10, 40), 0.5)))
        for _ in range(30):
            c.icon("star", rng.uniform(0, 375), rng.uniform(0, 800), rng.uniform(8, 26), WHITE)
        c.text(
            c.width / 2, 130, rng.choice(("星岛方块", "云上跳跳")), 44, WHITE, bold=True, anchor="m"
        )
        for n, word in enumerate(("开始游戏", "每日挑战", "排行榜", "商店")):
            c.box(c.width / 2 - 90, 240 + n * 74.0, 180, 54, (250, 200, 60), 27)
            c.text(c.width / 2, 267 + n * 74.0, word, 20, (110, 60, 10), bold=True, anchor="m")
        return 560

    return Page("", body)


def photo_grid(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        side = (c.width - 4) / 3
        for n in range(21):
            x, y = (n % 3) * (side + 2), (n // 3) * (side + 2)
            sky, land = shot.rng.sample(TINTS, 2)
            c.gradient(x, y, side, side, (mix(sky, WHITE, 0.5), sky))
            c.gradient(x, y + side * 0.6, side, side * 0.4, (land, mix(land, (30, 40, 30), 0.5)))
            c.icon("sun", x + side * shot.rng.uniform(0.2, 0.8), y + side * 0.3, 30, WHITE)
        return 7 * (side + 2)

    return Page("相册", body, action="选择")


def calendar(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        today, step = shot.rng.randrange(1, 29), (c.width - 20) / 7
        for n, name in enumerate("日一二三四五六"):
            c.text(10 + step * (n + 0.5), 20, name, 13, shot.theme.faint, anchor="m")
        first = shot.rng.randrange(7)
        for day in range(1, 31):
            column, row = (day + first - 1) % 7, (day + first - 1) // 7
            x, y = 10 + step * (column + 0.5), 64 + row * 54.0
            if day == today:
                c.box(x - 18, y - 18, 36, 36, shot.brand.primary, 18)
            c.text(x, y, str(day), 17, WHITE if day == today else shot.theme.ink, anchor="m")
        c.text(20, 410, "今日日程", 16, shot.theme.ink, bold=True)
        c.text(
            20,
            446,
            shot.rng.choice(("10:00 牙医", "15:30 家长会", "19:00 游泳课")),
            15,
            shot.theme.soft,
        )
        return 470

    return Page(f"{shot.rng.randrange(1, 13)}月", body)


def empty(shot: Shot) -> Page:
    def body(c: Canvas, shot: Shot) -> float:
        tone: Color = shot.theme.faint
        c.icon(shot.rng.choice(("clock", "search")), c.width / 2, 210, 44, tone)
        c.text(c.width / 2, 260, shot.rng.choice(("加载中...", "页面走丢了")), 15, tone, anchor="m")
        return 300

    return Page(shot.rng.choice(("", "详情")), body)


def photograph(shot: Shot) -> Canvas:
    """Hills under a sky, soft and with grain; not a screen at all."""
    dice = np.random.default_rng(shot.rng.randrange(2**32))
    canvas = shot.canvas(shot.phone.height_dp, WHITE)
    width, height = (side // 2 for side in canvas.image.size)
    down = np.linspace(0.0, 1.0, height)[:, None]
    across = np.linspace(0.0, 6.0, width)[None, :]
    tint = np.array(shot.rng.choice(TINTS), dtype=np.float64)
    picture = (255 - (255 - tint) * (1 - down)[..., None]) * np.ones((1, width, 1))
    for n in range(4):
        wave, shift = dice.uniform(0.5, 2.0, size=3), dice.uniform(0, 6, size=3)
        ridge = 0.4 + 0.15 * n + 0.03 * np.sin(across[..., None] * wave + shift).sum(axis=2)
        picture[down > ridge] = tint * (0.75 - 0.17 * n)
    picture += dice.normal(0.0, 4.0, size=(height, width, 1))
    whole = Image.fromarray(picture.clip(0, 255).astype(np.uint8)).resize(canvas.image.size)
    canvas.image = whole.filter(ImageFilter.GaussianBlur(1.5))
    return canvas

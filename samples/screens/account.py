"""Settings of a bank app, and the two screens of a payment app: own home page and name card."""

from __future__ import annotations

from samples.screens import widgets as w
from samples.screens.draw import BLACK, WHITE, Canvas, mix
from samples.screens.shot import Page, Shot


def setting_page(shot: Shot) -> Page:
    title = "设置" if shot.style.centred else "更多设置"
    return Page(title, _setting_body, action=shot.rng.choice(("", "客服")))


def _setting_body(c: Canvas, shot: Shot) -> float:
    names, rng, y = shot.brand.names, shot.rng, 8.0
    version = f"V{rng.randrange(5, 12)}.{rng.randrange(10)}.{rng.randrange(10)}"
    cache = f"{rng.uniform(8, 400):.1f}MB"
    switch = ("已开启", "未开启")
    if shot.style.centred:
        groups = [
            [("个人信息", ""), ("登录手机号", shot.person.phone), ("修改登录密码", "")],
            [("指纹登录", rng.choice(switch)), ("手势密码", rng.choice(switch)),
             (f"{names.name}卡管理", ""), ("消息推送", rng.choice(switch))],
            [("字体大小", rng.choice(("标准", "大"))), ("清除缓存", cache), ("隐私政策", "")],
            [(f"关于{names.name}", version), (f"{names.name}客服热线", ""), ("给我们打分", "")],
        ]  # fmt: skip
    else:
        groups = [
            [("手机与登录", shot.person.phone), ("密码管理", ""),
             (f"{names.name}卡", f"{rng.randrange(1, 4)}张")],
            [("面容登录", rng.choice(switch)), ("免密支付", rng.choice(switch))],
            [(f"{names.name}用户协议", ""), (f"关于{names.name}", version), ("清理空间", cache)],
        ]  # fmt: skip
    if rng.random() < 0.5:
        del groups[-2]
    for group in groups:
        y = w.rows(c, shot, y, group)
    x = shot.style.margin
    c.box(x, y, c.width - 2 * x, 48, shot.theme.card, shot.style.radius)
    c.text(c.width / 2, y + 24, "安全退出", 16, shot.brand.primary, anchor="m")
    return w.small_print(c, shot, y + 60, [f"{names.company}手机银行 {version}"])


def homepage(shot: Shot) -> Page:
    words = ("首页", "理财", "消息", "我的")
    tabs = tuple(zip(("home", "chart", "chat", "user"), words, strict=True))
    return Page(
        "我的", _homepage_body, shot.brand.primary, back=False, action="设置", tabs=tabs, tab_on=3
    )


def _homepage_body(c: Canvas, shot: Shot) -> float:
    names, rng, theme = shot.brand.names, shot.rng, shot.theme
    w.tall_head(c, shot, 128)
    c.box(20, 10, 58, 58, WHITE, 8 if shot.style.centred else 29)
    c.icon("user", 49, 39, 40, shot.brand.primary)
    c.text(92, 26, shot.person.name, 19, WHITE, bold=True)
    c.text(92, 54, shot.person.phone, 13, WHITE)
    c.icon("next", c.width - 24, 39, 16, WHITE)
    level = rng.choice(("普通会员", "黄金会员", "铂金会员"))
    points, tickets = str(rng.randrange(10, 9000)), str(rng.randrange(1, 30))
    figures = [(level, f"{names.name}会员"), (points, "积分"), (tickets, "卡券")]
    y = w.columns(c, shot, 86, figures)
    first = [("账单", ""), ("总资产", "查看"), (names.product, f"{rng.uniform(1, 5000):.2f}元")]
    second = [("银行卡", f"{rng.randrange(1, 9)}张"), ("亲友代付", ""), ("心愿储蓄", "")]
    third = [(f"{names.name}客服", ""), ("用户保护中心", ""), ("关于我们", "")]
    if rng.random() < 0.4:
        y = w.banner(c, shot, y, f"{names.name}周末立减", (232, 92, 70))
    for group in (first, second, third) if shot.style.centred else (second, first, third):
        y = w.rows(c, shot, y, group)
    c.text(c.width / 2, y + 10, f"{names.company}", 12, theme.faint, anchor="m")
    return y + 24


def name_card(shot: Shot) -> Page:
    title = "我的名片" if shot.style.centred else "个人名片"
    return Page(title, _card_body, shot.brand.primary, action="分享")


def _card_body(c: Canvas, shot: Shot) -> float:
    names, theme, middle = shot.brand.names, shot.theme, c.width / 2
    w.tall_head(c, shot, 330)
    x = 30.0
    c.box(x, 20, c.width - 2 * x, 400, WHITE, shot.style.radius + 4)
    c.box(middle - 32, 40, 64, 64, mix(shot.brand.primary, WHITE, 0.8), 32)
    c.icon("user", middle, 72, 44, shot.brand.primary)
    c.text(middle, 126, shot.person.name, 19, (34, 36, 40), bold=True, anchor="m")
    c.text(middle, 152, f"{names.name}账号 {shot.person.phone}", 13, (110, 114, 122), anchor="m")
    _pattern(c, shot, middle - 88, 176, 176)
    scan = f"打开{names.name}扫一扫 加我为好友"
    c.text(middle, 376, scan, 13, (110, 114, 122), anchor="m", room=270)
    c.text(middle, 400, names.company, 11, (160, 164, 172), anchor="m")
    items = [("保存到相册", ""), ("更换样式", ""), ("名片设置", shot.person.city)]
    y = w.rows(c, shot, 436, items[: shot.rng.choice((2, 3))])
    c.text(middle, y + 12, "请勿向陌生人展示", 12, theme.faint, anchor="m")
    return y + 26


def _pattern(c: Canvas, shot: Shot, x: float, y: float, side: float) -> None:
    """Squares that look like a square code and encode nothing."""
    cells = 25
    step = side / cells
    for row in range(cells):
        for column in range(cells):
            corner = (row < 8 or row > 16) and (column < 8 or (column > 16 and row < 8))
            if not corner and shot.rng.random() < 0.48:
                c.box(x + column * step, y + row * step, step, step, BLACK)
    for left, top in ((0, 0), (18, 0), (0, 18)):
        for inset, tone in ((0, BLACK), (1, WHITE), (2, BLACK)):
            edge = (7 - 2 * inset) * step
            c.box(x + (left + inset) * step, y + (top + inset) * step, edge, edge, tone)

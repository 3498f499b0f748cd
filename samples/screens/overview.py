"""Limit overviews (several products of one brand) and the breakdown of a single limit."""

from __future__ import annotations

from samples.screens import widgets as w
from samples.screens.data import yuan
from samples.screens.draw import WHITE, Canvas, mix
from samples.screens.shot import Page, Shot

PRODUCTS = {"a": ("{product}", "{name}分期", "{name}生意贷", "{name}车主贷"),
            "b": ("{product}", "{name}先享后付", "{name}商户金", "{name}租房金")}  # fmt: skip


def total_page(shot: Shot) -> Page:
    title = "我的额度" if shot.style.centred else "额度总览"
    return Page(title, _total_body, shot.brand.primary, shot.rng.choice(("", "说明", "规则")))


def _products(shot: Shot) -> list[tuple[str, int, int]]:
    """(name, limit, used) of each product, in yuan; the first is the loan of the amount page."""
    names, rng = shot.brand.names, shot.rng
    shown = PRODUCTS[shot.style.key][: rng.choice((3, 4))]
    found = []
    for n, words in enumerate(shown):
        limit = shot.money.total if n == 0 else rng.randrange(3, 90) * 1000
        used = shot.money.used if n == 0 else rng.randrange(0, limit // 100) * 100
        found.append((words.format(name=names.name, product=names.product), limit, used))
    return found


def _total_body(c: Canvas, shot: Shot) -> float:
    found = _products(shot)
    total = sum(limit for _, limit, _ in found)
    free = total - sum(used for _, _, used in found)
    w.tall_head(c, shot, 150)
    if shot.style.centred:
        c.text(c.width / 2, 22, f"{shot.brand.names.name}总额度(元)", 14, WHITE, anchor="m")
        c.text(c.width / 2, 64, yuan(total), 38, WHITE, bold=True, anchor="m")
        c.text(c.width / 2, 102, f"可用{yuan(free)}", 13, WHITE, anchor="m")
        y = 126.0
    else:
        c.text(20, 20, f"{shot.brand.names.name}合计可用(元)", 14, WHITE)
        c.text(20, 60, yuan(free), 36, WHITE, bold=True)
        c.text(20, 96, f"全部额度{yuan(total)}", 13, WHITE)
        y = 122.0
    for product in found:
        y = _product_card(c, shot, y, product)
    if shot.rng.random() < 0.5:
        y = w.banner(c, shot, y, "完善资料最高可提额", (232, 92, 70))
    service = f"{shot.brand.names.company}提供服务"
    return w.small_print(c, shot, y, ["各产品额度独立计算", service])


def _product_card(c: Canvas, shot: Shot, y: float, product: tuple[str, int, int]) -> float:
    name, limit, used = product
    theme, primary, x = shot.theme, shot.brand.primary, shot.style.margin
    wide = c.width - 2 * x
    c.box(x, y, wide, 112, theme.card, shot.style.radius)
    c.box(x + 14, y + 14, 28, 28, mix(primary, theme.card, 0.82), 8)
    c.icon("coin", x + 28, y + 28, 18, primary)
    c.text(x + 50, y + 28, name, 16, theme.ink, bold=True, room=190)
    c.text(c.width - x - 14, y + 28, "已开通" if used else "去使用", 13, primary, anchor="r")
    left = "可用额度(元)" if shot.style.centred else "还可用"
    c.text(x + 14, y + 62, left, 12, theme.faint)
    c.text(x + 14, y + 87, yuan(limit - used), 20, theme.ink, bold=True)
    c.text(c.width - x - 14, y + 62, "总额度", 12, theme.faint, anchor="r")
    c.text(c.width - x - 14, y + 87, f"{limit:,}", 15, theme.soft, anchor="r")
    return y + 124


def detail_page(shot: Shot) -> Page:
    title = "额度详情" if shot.style.centred else "额度构成"
    return Page(title, _detail_body, action=shot.rng.choice(("", "客服", "额度说明")))


def _detail_body(c: Canvas, shot: Shot) -> float:
    money, names, x, rng = shot.money, shot.brand.names, shot.style.margin, shot.rng
    share = money.free / money.total
    c.box(x, 8, c.width - 2 * x, 190, shot.theme.card, shot.style.radius)
    left = x + 84
    c.arc(left, 103, 62, (0, 360), mix(shot.brand.primary, shot.theme.card, 0.8))
    c.arc(left, 103, 62, (-90, -90 + 360 * share), shot.brand.primary)
    c.text(left, 94, f"{share:.0%}", 24, shot.theme.ink, bold=True, anchor="m")
    c.text(left, 122, "可用", 12, shot.theme.soft, anchor="m")
    c.text(x + 166, 34, names.product, 17, shot.theme.ink, bold=True)
    figures = (("授信总额", money.total), ("已用额度", money.used), ("可用额度", money.free))
    for n, (word, value) in enumerate(figures):
        c.text(x + 166, 76 + n * 40, word, 13, shot.theme.soft)
        c.text(c.width - x - 14, 76 + n * 40, yuan(value), 15, shot.theme.ink, anchor="r")
    y = w.heading(
        c, shot, 206, f"{names.product}额度信息" if shot.style.centred else f"{names.product}要素"
    )
    year = rng.randrange(2024, 2027)
    month, day = money.opened
    terms = [
        ("额度类型", rng.choice(("循环额度", "单次额度"))),
        ("生效日期", f"{year}-{month:02d}-{day:02d}"),
        ("到期日期", f"{year + rng.choice((1, 2, 3))}-{month:02d}-{day:02d}"),
        ("年利率(单利)", f"{money.rate}%"),
        ("还款方式", rng.choice(("等额本息", "先息后本", "随借随还"))),
        ("额度状态", "正常"),
    ]
    y = w.rows(c, shot, y, terms, arrows=False)
    if rng.random() < 0.5:
        y = w.banner(c, shot, y, "提交公积金 额度更高", (232, 92, 70))
    y = w.rows(c, shot, y, [("额度调整记录", ""), ("授信合同", f"《{names.product}合同》")])
    return w.small_print(c, shot, y, [f"{names.company} 版权所有", "以上信息仅供参考"])

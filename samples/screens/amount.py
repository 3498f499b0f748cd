"""Credit limit pages. Several brands share each of the four layouts, two to a style."""

from __future__ import annotations

from collections.abc import Callable

from samples.screens import widgets as w
from samples.screens.data import yuan
from samples.screens.draw import WHITE, Canvas, mix
from samples.screens.shot import Page, Shot

OFFERS = (
    "新客专享7天免息",
    "邀好友得现金红包",
    "今日提款享利率8折",
    "会员日抽免息券",
    "提额进行中",
)


def page(shot: Shot) -> Page:
    names, layout = shot.brand.names, shot.brand.layout
    tinted = layout in ("hero", "ledger")
    bodies: dict[str, Callable[[Canvas, Shot], float]] = {
        "hero": _hero, "sheet": _sheet, "gauge": _gauge, "ledger": _ledger,
    }  # fmt: skip
    action = shot.rng.choice(("", "借款记录", "客服"))
    return Page(names.product, bodies[layout], shot.brand.primary if tinted else None, action)


def rate_line(shot: Shot) -> str:
    """The interest in percent a year, and what a thousand yuan cost a day in yuan."""
    daily = shot.money.rate / 360 * 10
    if shot.style.centred:
        return f"年化利率(单利){shot.money.rate}%起 借1千元日息{daily:.2f}元"
    return f"综合年化{shot.money.rate}% 千元日费用{daily:.2f}元"


def _common(c: Canvas, shot: Shot, y: float) -> float:
    """What follows the limit on every such page: offers, debts, links, the lender's name."""
    rng, money, names = shot.rng, shot.money, shot.brand.names
    if rng.random() < 0.5:
        y = w.banner(c, shot, y, rng.choice(OFFERS), rng.choice(((232, 92, 70), (124, 92, 222))))
    due = f"{money.due[0]}月{money.due[1]}日"
    if shot.style.centred:
        bill = yuan(money.bill) if money.bill else "暂无待还"
        items = [("近期待还(元)", bill), ("还款日", due if money.bill else "--")]
        items += [("我的借款", ""), (f"{names.name}优惠券", f"{rng.randrange(1, 9)}张可用")]
        close = [f"贷款由{names.company}等机构提供", "请合理借贷 理性消费"]
    else:
        bill = f"{due}应还{yuan(money.bill)}" if money.bill else "本期无账单"
        items = [("账单与还款", bill), ("用款明细", ""), (f"{names.name}福利", "去领取")]
        close = [f"资金方: {names.company}", "量入为出 按时还款"]
    if rng.random() < 0.5:
        items.append(("收款银行卡", f"尾号{rng.randrange(10000):04d}"))
    return w.small_print(c, shot, w.rows(c, shot, y, items), close)


def _hero(c: Canvas, shot: Shot) -> float:
    """The brand's colour behind a white limit, the button inside the card below."""
    money, middle = shot.money, c.width / 2
    w.tall_head(c, shot, 190)
    c.text(middle, 26, shot.brand.limit_word, 14, mix(WHITE, shot.brand.primary, 0.12), anchor="m")
    c.text(middle, 70, yuan(money.free), 42, WHITE, bold=True, anchor="m")
    c.text(middle, 112, f"总额度{yuan(money.total)}元", 13, WHITE, anchor="m")
    x = shot.style.margin
    c.box(x, 136, c.width - 2 * x, 132, shot.theme.card, shot.style.radius)
    y = w.button(c, shot, 156, shot.brand.borrow_word, 20)
    c.text(middle, y + 8, rate_line(shot), 12, shot.theme.soft, anchor="m")
    c.text(middle, y + 32, f"{shot.brand.names.product} 随借随还", 12, shot.theme.faint, anchor="m")
    return _common(c, shot, 280)


def _sheet(c: Canvas, shot: Shot) -> float:
    """One white card with the limit in the brand's colour, and three figures below it."""
    money, brand, x = shot.money, shot.brand, shot.style.margin
    c.box(x, 8, c.width - 2 * x, 246, shot.theme.card, shot.style.radius)
    middle = c.width / 2
    c.icon("coin", middle - 52, 38, 20, brand.primary)
    c.text(middle - 36, 38, brand.names.name, 15, shot.theme.ink, bold=True, room=100)
    c.text(middle, 70, brand.limit_word, 14, shot.theme.soft, anchor="m")
    c.text(middle, 112, yuan(money.free), 40, brand.primary, bold=True, anchor="m")
    c.text(middle, 152, rate_line(shot), 12, shot.theme.faint, anchor="m")
    w.button(c, shot, 182, brand.borrow_word, 20)
    figures = [
        (f"{money.total:,}", "总额度"),
        (f"{money.used:,}", "已用额度"),
        (f"{money.rate}%", "年利率"),
    ]
    return _common(c, shot, w.columns(c, shot, 266, figures))


def _gauge(c: Canvas, shot: Shot) -> float:
    """A ring that is as full as the limit is free."""
    money, brand, middle = shot.money, shot.brand, c.width / 2
    share = money.free / money.total
    pale = mix(brand.primary, shot.theme.page, 0.85)
    c.arc(middle, 140, 116, (140, 400), pale)
    c.arc(middle, 140, 116, (140, 140 + 260 * share), brand.primary)
    c.text(middle, 92, brand.limit_word, 14, shot.theme.soft, anchor="m")
    c.text(middle, 134, yuan(money.free), 32, shot.theme.ink, bold=True, anchor="m", room=190)
    c.text(middle, 174, f"额度{money.total:,}", 13, shot.theme.faint, anchor="m")
    c.text(middle, 226, f"{brand.names.product} 按日计费", 13, shot.theme.soft, anchor="m")
    y = w.button(c, shot, 256, brand.borrow_word)
    y = w.small_print(c, shot, y - 4, [rate_line(shot)])
    return _common(c, shot, y)


def _ledger(c: Canvas, shot: Shot) -> float:
    """Everything from the left edge: name, limit, a bar of what is used, then the button."""
    money, brand, x = shot.money, shot.brand, shot.style.margin
    w.tall_head(c, shot, 176)
    c.text(x, 24, f"{brand.names.name} · {brand.limit_word}", 14, WHITE)
    c.text(x, 68, yuan(money.free), 40, WHITE, bold=True)
    wide = c.width - 2 * x
    c.box(x, 106, wide, 8, mix(WHITE, brand.primary, 0.6), 4)
    c.box(x, 106, max(8.0, wide * money.used / money.total), 8, WHITE, 4)
    c.text(x, 134, f"已用{money.used:,}", 12, WHITE)
    c.text(c.width - x, 134, f"总计{money.total:,}", 12, WHITE, anchor="r")
    y = w.button(c, shot, 192, brand.borrow_word)
    y = w.small_print(c, shot, y - 4, [rate_line(shot)])
    return _common(c, shot, y)

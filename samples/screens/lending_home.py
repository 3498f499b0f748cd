"""First pages of a lender: its home page with tabs, and the page that presents a product."""

from __future__ import annotations

from samples.screens import widgets as w
from samples.screens.amount import rate_line
from samples.screens.data import yuan
from samples.screens.draw import WHITE, Canvas, mix
from samples.screens.shot import Page, Shot

# The product a `yqh` page presents is not the one of the same brand's amount page.
OFFERED = {"a": "{stem}穗花", "b": "{stem}应急宝"}

SERVICES = [("bill", "还款"), ("clock", "借款记录"), ("chart", "提额"),
            ("card", "银行卡"), ("gift", "优惠券"), ("shield", "安全中心"),
            ("chat", "帮助中心"), ("coin", "利息试算")]  # fmt: skip


def main_page(shot: Shot) -> Page:
    words = ("首页", "借还", "我的") if shot.style.centred else ("用钱", "还钱", "权益", "我")
    icons = ("home", "bill", "user") if shot.style.centred else ("coin", "bill", "gift", "user")
    tabs = tuple(zip(icons, words, strict=True))
    names = shot.brand.names
    title = names.product if shot.style.centred else names.name
    return Page(title, _main_body, shot.brand.primary, back=False, action="客服", tabs=tabs)


def _main_body(c: Canvas, shot: Shot) -> float:
    money, brand, x = shot.money, shot.brand, shot.style.margin
    w.tall_head(c, shot, 150)
    c.box(x, 8, c.width - 2 * x, 196, shot.theme.card, shot.style.radius + 4)
    at, anchor = (c.width / 2, "m") if shot.style.centred else (x + 16, "l")
    c.text(at, 36, f"{brand.names.product}{brand.limit_word}", 14, shot.theme.soft, anchor=anchor)
    c.text(at, 76, yuan(money.free), 36, shot.theme.ink, bold=True, anchor=anchor)
    c.text(at, 112, rate_line(shot), 12, shot.theme.faint, anchor=anchor, room=c.width - 2 * x - 32)
    w.button(c, shot, 138, brand.borrow_word, 18)
    day = f"{money.due[0]}月{money.due[1]}日"
    figures = [(yuan(money.bill), "本月应还(元)"), (day if money.bill else "--", "下个还款日")]
    services = SERVICES[:4] if shot.rng.random() < 0.4 else SERVICES
    blocks = [
        lambda y: w.columns(c, shot, y, figures),
        lambda y: w.grid(c, shot, y, services),
        lambda y: w.banner(c, shot, y, "邀请好友一起用", (232, 92, 70)),
    ]
    y = 216.0
    for block in blocks if shot.style.centred else reversed(blocks):
        y = block(y)
    y = w.heading(c, shot, y, f"了解{brand.names.name}")
    y = w.rows(c, shot, y, [("怎样提高额度", ""), ("提前还款收费吗", ""), ("逾期有什么影响", "")])
    return w.small_print(c, shot, y, [f"{brand.names.company}提供贷款服务"])


def offer_page(shot: Shot) -> Page:
    return Page(_offered(shot), _offer_body, shot.brand.primary, shot.rng.choice(("", "分享")))


def _offered(shot: Shot) -> str:
    return OFFERED[shot.style.key].format(stem=shot.brand.names.name[:-2])


def _offer_body(c: Canvas, shot: Shot) -> float:
    brand, rng, middle = shot.brand, shot.rng, c.width / 2
    w.tall_head(c, shot, 300)
    c.text(middle, 26, f"{_offered(shot)} 给生活多一点", 22, WHITE, bold=True, anchor="m")
    c.text(middle, 58, f"{brand.names.name}旗下信用借款", 14, WHITE, anchor="m")
    x = shot.style.margin + 6
    c.box(x, 84, c.width - 2 * x, 198, shot.theme.card, shot.style.radius)
    c.text(middle, 112, "最高可借(元)", 14, shot.theme.soft, anchor="m")
    c.text(
        middle,
        156,
        f"{rng.choice((100, 200, 300)) * 1000:,}",
        44,
        brand.primary,
        bold=True,
        anchor="m",
    )
    y = w.button(c, shot, 190, rng.choice(("查看我的额度", "免费测额度")), 24)
    c.text(middle, y + 8, rate_line(shot), 12, shot.theme.faint, anchor="m")
    y = 298.0
    y = _steps(c, shot, y, ("填写资料", "获取额度", "借款到账"))
    y = _reasons(c, shot, y)
    if rng.random() < 0.5:
        y = w.banner(c, shot, y, "首借享30天免息", (124, 92, 222))
    y = w.heading(c, shot, y, "常见问题")
    y = w.rows(
        c, shot, y, [(f"{_offered(shot)}是什么", ""), ("多久可以到账", ""), ("如何还款", "")]
    )
    agree = f"查看即同意《{_offered(shot)}服务协议》"
    return w.small_print(c, shot, y, [agree, f"贷款由{brand.names.company}提供"])


def _steps(c: Canvas, shot: Shot, y: float, words: tuple[str, ...]) -> float:
    x, theme, primary = shot.style.margin, shot.theme, shot.brand.primary
    wide = c.width - 2 * x
    c.box(x, y, wide, 92, theme.card, shot.style.radius)
    step = wide / len(words)
    for n, word in enumerate(words):
        at = x + step * (n + 0.5)
        c.box(at - 15, y + 14, 30, 30, mix(primary, theme.card, 0.8), 15)
        c.text(at, y + 29, str(n + 1), 15, primary, bold=True, anchor="m")
        c.text(at, y + 66, word, 13, theme.ink, anchor="m")
        if n:
            c.icon("next", x + step * n, y + 29, 16, theme.faint)
    return y + 104


def _reasons(c: Canvas, shot: Shot, y: float) -> float:
    picks = [
        ("clock", "最快1分钟"),
        ("shield", "信息加密"),
        ("coin", "随借随还"),
        ("card", "支持多卡"),
    ]
    return w.grid(c, shot, y, picks[: shot.rng.choice((3, 4))], 4 if shot.style.centred else 2)

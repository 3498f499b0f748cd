"""Profile pages: one template for every brand, which differ in a few words alone."""

from __future__ import annotations

from samples.screens import widgets as w
from samples.screens.draw import Canvas, mix
from samples.screens.shot import Page, Shot

# What each style calls the same thing.
WORDS = {
    "a": {
        "title": "个人信息", "who": "基本信息", "name": "真实姓名", "phone": "手机号码",
        "id": "身份证号", "check": "实名认证", "checked": "已认证", "city": "居住地址",
        "street": "详细地址", "kin": "紧急联系人", "more": "其他信息", "work": "工作与收入",
        "law": "《{name}个人信息授权书》", "care": "{product}客服为您服务",
        "safe": "{company}将严格保护您的信息安全",
    },
    "b": {
        "title": "我的资料", "who": "身份资料", "name": "姓名", "phone": "绑定手机",
        "id": "证件号码", "check": "身份核验", "checked": "核验通过", "city": "现居地区",
        "street": "街道门牌", "kin": "联系人", "more": "补充资料", "work": "职业资料",
        "law": "《{name}资料使用说明》", "care": "联系{product}客服",
        "safe": "资料由{company}加密保管",
    },
}  # fmt: skip


def page(shot: Shot) -> Page:
    names = shot.brand.names
    title = f"{names.name}{WORDS[shot.style.key]['title']}"
    action = shot.rng.choice(("", "客服", "帮助"))
    return Page(title, _body, action=action)


def _say(shot: Shot, key: str) -> str:
    names = shot.brand.names
    words = WORDS[shot.style.key][key]
    return words.format(name=names.name, product=names.product, company=names.company)


def _value(shot: Shot, row: str) -> str:
    """What this person answers in one of the rows that only some brands ask for."""
    who = shot.person
    answers = {
        "职业信息": who.job, "月收入": who.income, "年收入": who.income, "学历": who.degree,
        "教育程度": who.degree, "婚姻状况": who.married, "婚姻情况": who.married,
        "工作单位": who.firm, "公司名称": who.firm, "单位电话": "已填写", "常用邮箱": who.email,
    }  # fmt: skip
    return answers[row] if shot.rng.random() < 0.85 else "去完善"


def _body(c: Canvas, shot: Shot) -> float:
    rng, who, y = shot.rng, shot.person, 8.0
    if rng.random() < 0.35:
        y = w.notice(c, shot, 0, _say(shot, "safe"))
    if rng.random() < (0.3 if shot.style.centred else 0.7):
        y = _face(c, shot, y)
    y = w.heading(c, shot, y, _say(shot, "who"))
    basic = [
        (_say(shot, "name"), who.name),
        (_say(shot, "id"), who.id_number),
        (_say(shot, "phone"), who.phone),
    ]
    if rng.random() < 0.7:
        basic.append((_say(shot, "check"), _say(shot, "checked")))
    y = w.rows(c, shot, y, basic)
    y = w.heading(c, shot, y, _say(shot, "work"))
    y = w.rows(c, shot, y, [(row, _value(shot, row)) for row in shot.brand.own_rows])
    y = w.heading(c, shot, y, _say(shot, "more"))
    more = [(_say(shot, "city"), who.city), (_say(shot, "street"), who.street)]
    if rng.random() < 0.7:
        more.append((_say(shot, "kin"), who.kin))
    y = w.rows(c, shot, y, more)
    if rng.random() < 0.6:
        y = w.rows(c, shot, y, [(_say(shot, "care"), "")])
    if rng.random() < 0.4:
        y = w.button(c, shot, y + 8, "保存")
    return w.small_print(c, shot, y, [_say(shot, "law"), _say(shot, "safe")])


def _face(c: Canvas, shot: Shot, y: float) -> float:
    """The picture and name some people's pages begin with."""
    x, primary = shot.style.margin, shot.brand.primary
    c.box(x, y, c.width - 2 * x, 76, shot.theme.card, shot.style.radius)
    c.box(x + 14, y + 13, 50, 50, mix(primary, shot.theme.card, 0.7), 25)
    c.icon("user", x + 39, y + 38, 32, primary)
    c.text(x + 78, y + 27, shot.person.name, 18, shot.theme.ink, bold=True)
    c.text(x + 78, y + 52, shot.person.phone, 13, shot.theme.soft)
    return y + 88

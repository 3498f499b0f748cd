"""Invented brands. None is a real company; where two look alike it is on purpose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from samples.screens.draw import Color

BLUE: Color = (38, 112, 232)
AZURE: Color = (44, 122, 226)
ORANGE: Color = (245, 124, 40)
AMBER: Color = (238, 130, 34)
RED: Color = (214, 62, 58)
GREEN: Color = (22, 160, 120)


@dataclass(frozen=True)
class Names:
    """The words by which a human tells one brand from another."""

    name: str
    product: str
    company: str


@dataclass(frozen=True)
class Brand:
    """One app: its names, its colours, and the few words its screens have for themselves."""

    key: str
    names: Names
    primary: Color
    deep: Color
    layout: str  # which amount page: see amount.py
    limit_word: str
    borrow_word: str
    own_rows: tuple[str, str]  # the two profile rows the brand adds to the common ones


def _brand(
    key: str, names: tuple[str, str, str], colors: tuple[Color, Color], layout: str,
    words: tuple[str, str], own_rows: tuple[str, str],
) -> Brand:  # fmt: skip
    return Brand(key, Names(*names), *colors, layout, *words, own_rows)


SKY: Color = (74, 150, 248)
SAND: Color = (252, 160, 82)

BRANDS_A = (
    _brand("ayh", ("鹭栖钱包", "鹭栖借", "鹭栖消费金融"), (ORANGE, SAND), "hero",
           ("可用额度(元)", "去借钱"), ("职业信息", "月收入")),
    _brand("dxm", ("砚田金服", "砚田借", "砚田小贷"), (BLUE, SKY), "hero",
           ("可借额度(元)", "立即借款"), ("职业信息", "学历")),
    _brand("dyfxj", ("岫云", "岫云借", "岫云融担"), (BLUE, SKY), "sheet",
           ("剩余可用额度(元)", "去借款"), ("工作单位", "月收入")),
    _brand("jb", ("芦笙钱庄", "芦笙借", "芦笙小贷"), (AZURE, SKY), "hero",
           ("可借额度(元)", "去借钱"), ("职业信息", "婚姻状况")),
    _brand("jdjr", ("樟叶数科", "樟叶金", "樟叶小贷"), (RED, (238, 104, 88)), "hero",
           ("可借额度(元)", "去借钱"), ("工作单位", "学历")),
    _brand("mtshf", ("汀洲生活", "汀洲月用", "汀洲小贷"), (AMBER, SAND), "sheet",
           ("可用额度(元)", "立即借钱"), ("职业信息", "月收入")),
    _brand("ppd", ("拾栗", "拾栗借", "拾栗融担"), (AZURE, SKY), "sheet",
           ("可用额度(元)", "立即借款"), ("学历", "婚姻状况")),
    _brand("wld", ("澜溪", "澜溪贷", "澜溪银行"), (AZURE, SKY), "hero",
           ("可借额度(元)", "借钱"), ("职业信息", "工作单位")),
    _brand("zfb", ("苇舟付", "苇舟余额", "苇舟科技"), (BLUE, SKY), "hero",
           ("可用额度(元)", "去使用"), ("职业信息", "学历")),
    _brand("zsyh", ("棠海银行", "棠海随兴贷", "棠海银行"), (RED, (232, 98, 84)), "sheet",
           ("可用额度(元)", "我要借款"), ("工作单位", "月收入")),
)  # fmt: skip

TEAL: Color = (14, 140, 150)
MINT: Color = (60, 186, 178)
INDIGO: Color = (84, 84, 214)
LILAC: Color = (132, 124, 240)
PLUM: Color = (168, 52, 110)

BRANDS_B = (
    _brand("ayh", ("麦垄钱包", "麦垄周转金", "麦垄消费金融"), (TEAL, MINT), "gauge",
           ("当前可用(元)", "我要用钱"), ("单位电话", "年收入")),
    _brand("dxm", ("橡湾金服", "橡湾备用金", "橡湾小贷"), (INDIGO, LILAC), "gauge",
           ("能借金额(元)", "马上借"), ("单位电话", "教育程度")),
    _brand("dyfxj", ("霜桥", "霜桥备用金", "霜桥融担"), (INDIGO, LILAC), "ledger",
           ("还能借(元)", "申请用款"), ("公司名称", "年收入")),
    _brand("jb", ("笋芽钱庄", "笋芽周转金", "笋芽小贷"), (TEAL, MINT), "gauge",
           ("能借金额(元)", "我要用钱"), ("单位电话", "婚姻情况")),
    _brand("jdjr", ("桐江数科", "桐江稳用金", "桐江小贷"), (PLUM, (206, 100, 150)), "gauge",
           ("能借金额(元)", "我要用钱"), ("公司名称", "教育程度")),
    _brand("mtshf", ("榆街生活", "榆街月享", "榆街小贷"), (GREEN, MINT), "ledger",
           ("当前可用(元)", "马上用钱"), ("单位电话", "年收入")),
    _brand("ppd", ("蒲鸽", "蒲鸽备用金", "蒲鸽融担"), (INDIGO, LILAC), "ledger",
           ("当前可用(元)", "马上借"), ("教育程度", "婚姻情况")),
    _brand("wld", ("苔原", "苔原小额贷", "苔原银行"), (TEAL, MINT), "gauge",
           ("能借金额(元)", "用钱"), ("单位电话", "公司名称")),
    _brand("zfb", ("贝岸付", "贝岸零钱", "贝岸科技"), (TEAL, MINT), "gauge",
           ("当前可用(元)", "去花"), ("单位电话", "教育程度")),
    _brand("zsyh", ("梨川银行", "梨川畅享贷", "梨川银行"), (PLUM, (206, 100, 150)), "ledger",
           ("当前可用(元)", "我要提款"), ("公司名称", "年收入")),
)  # fmt: skip

# Brands that belong to no label: their screens are `other` however familiar they look.
STRANGERS_A = ("茴香", "鲸屿", "柚见", "枫渡", "竹喧", "荻浦", "青柯", "月桅", "泊星", "藤萝湾",
               "雪岭", "南汐", "槐序", "沙鸥", "桂棹")  # fmt: skip
STRANGERS_B = ("蓼溪", "桑渡", "梅垅", "晴柚", "芷岸", "碧槿", "朝蝉", "丘鹿", "石榆", "帆雨",
               "杏壑", "漫杉", "荷棠", "雾凇", "荞麦坡")  # fmt: skip


def stranger_like(brand: Brand, name: str, rng: Random) -> Brand:
    """`brand` with every name replaced by a stranger's, endings (bank, pay, wallet) kept.

    Half of them also keep the two own profile rows, so that only the names differ.
    """
    # Each known brand's own part is the first two characters of all its names.
    names = Names(
        name + brand.names.name[2:], name + brand.names.product[2:], name + brand.names.company[2:]
    )
    rows = brand.own_rows if rng.random() < 0.5 else (brand.own_rows[1], "常用邮箱")
    return replace(brand, names=names, own_rows=rows)

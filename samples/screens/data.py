"""Invented people, places and sums of money; every value comes from the generator it is given."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "晓雨思远嘉禾子墨若溪明轩梓涵语桐书瑶景行清越念安星野知夏予辰静姝一帆青禾海棠云舒"
# Invented places; a word of one may still be found on some map.
CITIES = ("青屿市云溪区", "澄山市禾岚区", "南汀市白石区", "鹿湾市松风区", "柏川市月桥区")
STREETS = ("禾岚路", "听泉街", "松影巷", "望汐大道", "竹里路", "望舒街")
JOBS = ("企业职员", "个体经营", "教师", "工程师", "自由职业", "医护人员", "销售", "设计师")
FIRMS = ("青屿木器厂", "听泉文具店", "松影设计工作室", "南汀果蔬合作社", "鹿湾小学", "望汐物流站")
INCOMES = ("5千-8千元", "8千-1万元", "1万-1.5万元", "1.5万-2万元", "2万元以上")
DEGREES = ("大专", "本科", "硕士", "高中", "中专")
MARRIED = ("已婚", "未婚", "离异")
KIN = ("父母", "配偶", "朋友", "同事", "兄弟姐妹")


@dataclass(frozen=True)
class Person:
    name: str
    phone: str
    id_number: str
    email: str
    city: str
    street: str
    job: str
    firm: str
    income: str
    degree: str
    married: str
    kin: str


@dataclass(frozen=True)
class Money:
    """Sums in yuan; `rate` in percent a year, `due` and `opened` as month-day pairs."""

    total: int
    used: int
    bill: float
    rate: float
    due: tuple[int, int]
    opened: tuple[int, int]

    @property
    def free(self) -> int:
        return self.total - self.used


def make_person(rng: Random) -> Person:
    name = rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2))))
    if rng.random() < 0.4:
        name = "*" * (len(name) - 1) + name[-1]
    prefix = rng.choice(("13", "15", "17", "18", "19")) + str(rng.randrange(10))
    return Person(
        name=name,
        phone=f"{prefix}****{rng.randrange(10000):04d}",
        id_number=_id_number(rng),
        email=f"{rng.choice('abcdefghjk')}***{rng.randrange(100)}@example.com",
        city=rng.choice(CITIES),
        street=f"{rng.choice(STREETS)}{rng.randrange(1, 200)}号",
        job=rng.choice(JOBS),
        firm=rng.choice(FIRMS),
        income=rng.choice(INCOMES),
        degree=rng.choice(DEGREES),
        married=rng.choice(MARRIED),
        kin=rng.choice(KIN),
    )


def _id_number(rng: Random) -> str:
    """Masked to its ends, as every such page shows it: one digit each, or three and four."""
    end = rng.choice("0123456789X")
    if rng.random() < 0.5:
        return f"{rng.randrange(1, 7)}{'*' * 16}{end}"
    return f"{rng.randrange(110, 660)}{'*' * 11}{rng.randrange(1000):03d}{end}"


def make_money(rng: Random) -> Money:
    total = rng.choice((8, 15, 20, 36, 50, 68, 80, 120, 150, 200)) * 1000
    used = 0 if rng.random() < 0.3 else rng.randrange(1, total // 100) * 100
    return Money(
        total=total,
        used=used,
        bill=round(rng.uniform(100, 4000), 2) if used else 0.0,
        rate=rng.choice((7.2, 8.8, 10.8, 12.6, 14.4, 18.0, 21.6, 23.4)),
        due=(rng.randrange(1, 13), rng.randrange(1, 29)),
        opened=(rng.randrange(1, 13), rng.randrange(1, 29)),
    )


def yuan(amount: float) -> str:
    return f"{amount:,.2f}"

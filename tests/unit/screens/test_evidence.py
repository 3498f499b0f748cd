"""What words say for and against a label, on screens made by hand."""

from collections.abc import Sequence

import pytest

from tests.unit.screens.handmade import bank, gallery_of, shop, text_of
from vislex.screens.anchors import AnchorLine, Profile
from vislex.screens.evidence import Evidence, weigh
from vislex.screens.replaced import Replaced, _compare, replaced_parts
from vislex.text.units import units_of

CITIES = ("青屿市云溪区", "柏川市月桥区", "澄山市禾岚区", "望汐市竹里区")
CHINESE = gallery_of(
    {
        "haitang": [bank("海棠银行", city) for city in CITIES],
        "luqi": [bank("鹭栖借", city, "提额进行中") for city in CITIES],
        "chat": [["微信", "通讯录", "发现", "我"]] * 3,
    }
)
ENGLISH = gallery_of(
    {
        "acme": [shop("Acmepay", name) for name in ("Alice", "Robert", "Carol")],
        "other": [["Calendar", "Today", "Add event", "Reminders"]] * 3,
    }
)
TRADITIONAL = gallery_of(
    {
        "jade": [bank("玉山銀行", "總資產", "轉帳") for _ in range(3)],
        "chat": [["聊天", "設定", "貼圖"]] * 3,
    }
)


def evidence(texts: Sequence[str], label: str = "haitang") -> Evidence:
    gallery = next(one for one in (CHINESE, ENGLISH, TRADITIONAL) if label in one.labels)
    number = gallery.labels.index(label)
    lexicon = gallery.lexicon
    return weigh(text_of(texts), lexicon.profiles[number], lexicon.vocabulary)


def replaced(found: Evidence) -> list[tuple[str, str]]:
    return [("".join(one.anchor), "".join(one.foreign)) for one in found.replacements]


def test_all_anchors_held() -> None:
    found = evidence(bank("海棠银行", CITIES[0]))
    assert (found.held, found.foreign, found.new, found.replaced) == (1, 0, 0, 0)
    assert found.missing == ()
    assert "海棠" in found.shown[0]


def test_data_never_seen_is_foreign_and_takes_no_anchor() -> None:
    found = evidence(bank("海棠银行", "萧兰市锦平区"))
    assert found.held == pytest.approx(1)
    assert 0 < found.foreign < 0.4
    assert found.new > 0
    assert found.replacements == ()  # a city is no anchor: no two images share it


def test_a_line_scrolled_off_is_missing_but_not_replaced() -> None:
    found = evidence([line for line in bank("海棠银行", CITIES[1]) if line != "关于海棠银行"])
    assert found.replacements == ()
    assert (found.replaced, found.strongest) == (0, 0)
    assert found.missing == ("关于海棠银行",)
    assert 0.5 < found.held < 1


def test_another_brand_in_the_same_lines_is_replaced() -> None:
    found = evidence(bank("青柯银行", CITIES[0]))
    assert replaced(found)[0] == ("海棠", "青柯")
    assert found.strongest == 1
    assert found.replaced > 0.1
    assert found.held < evidence(bank("海棠银行", CITIES[0])).held


@pytest.mark.parametrize("brand", ["蒲鸽借", "泊星", "漫杉小贷"])
def test_a_brand_of_another_length_is_replaced(brand: str) -> None:
    assert evidence(bank(brand, CITIES[0]), "luqi").strongest == 1


def test_another_english_brand_is_replaced() -> None:
    found = evidence(shop("Birchbank"), "acme")
    assert replaced(found) == [("acmepay", "birchbank")]
    assert found.strongest == 1


def test_another_brand_in_traditional_chinese_is_replaced() -> None:
    found = evidence(bank("彰化銀行", "總資產", "轉帳"), "jade")
    assert replaced(found)[0] == ("玉山", "彰化")


@pytest.mark.parametrize(
    ("label", "texts", "line", "slip"),
    [
        ("haitang", bank("海棠银行", CITIES[2]), "关于海棠银行", "关于海堂银行"),
        ("haitang", bank("海棠银行", CITIES[2]), "海棠银行借款", "诲棠银行借款"),
        ("acme", shop("Acmepay"), "About Acmepay", "About Acmcpay"),
        ("acme", shop("Acmepay"), "Terms of Acmepay", "Terms of Aemepoy"),
    ],
)
def test_a_slip_of_the_reader_replaces_nothing(
    label: str, texts: list[str], line: str, slip: str
) -> None:
    found = evidence([slip if text == line else text for text in texts], label)
    assert found.replacements == ()
    assert found.held > 0.7


@pytest.mark.parametrize(("wrong", "brand"), [("海堂", "棠"), ("诲棠", "海")])
def test_a_brand_read_wrong_wherever_it_stands_is_a_slip_up_to_two_lines(
    wrong: str, brand: str
) -> None:
    # The brand stands in as many lines as are read wrong, so that it is nowhere on the query.
    for lines in (1, 2, 3):
        texts = ["海棠随心借", "关于海棠公司", "海棠服务协议"][:lines]
        screens = [[*texts, "可用额度", "还款计划"]] * 3
        lexicon = gallery_of({"a": screens, "chat": [["微信", "通讯录"]]}).lexicon
        query = text_of([line.replace("海棠", wrong) for line in screens[0]])
        found = weigh(query, lexicon.profiles[0], lexicon.vocabulary)
        assert replaced(found) == ([(brand, wrong[brand == "棠"])] if lines == 3 else [])


def test_one_line_read_wrong_again_and_again_is_a_slip() -> None:
    """As on a long page, whose lower part repeats."""
    screens = [["海棠服务协议", "可用额度", "还款计划"]] * 3
    lexicon = gallery_of({"a": screens, "chat": [["微信", "通讯录"]]}).lexicon
    query = text_of(["诲棠服务协议", *["可用额度", "诲棠服务协议"] * 7])
    found = weigh(query, lexicon.profiles[0], lexicon.vocabulary)
    assert replaced(found) == []


def test_one_character_changed_in_every_line_is_another_brand() -> None:
    found = evidence(bank("海堂银行", CITIES[0]))
    assert replaced(found) == [("棠", "堂")]
    assert found.strongest > 0.5


def test_one_letter_changed_in_every_line_is_another_brand() -> None:
    assert replaced(evidence(shop("Acnepay"), "acme")) == [("acmepay", "acnepay")]


@pytest.mark.parametrize(("slogan", "count"), [("海棠银行随心借钱", 0), ("欢迎来到随心借钱", 1)])
def test_two_lines_of_one_brand_are_not_another_brand(slogan: str, count: int) -> None:
    # The slogan has scrolled off, and an agreement that is much like it has come into view.
    agreement = slogan.replace("随心借钱", "服务协议")
    screens = [[*bank("海棠银行", city), slogan] for city in CITIES]
    lexicon = gallery_of({"a": screens, "chat": [["微信", "通讯录"]]}).lexicon
    texts = [*bank("海棠银行", CITIES[0]), agreement]
    found = weigh(text_of(texts), lexicon.profiles[0], lexicon.vocabulary)
    assert found.missing == (slogan,)
    assert len(found.replacements) == count


def test_a_banner_adds_foreign_words_and_takes_nothing() -> None:
    plain = evidence(bank("海棠银行", CITIES[0]))
    found = evidence(["双十一狂欢 抢百元红包", *bank("海棠银行", CITIES[0])])
    assert found.held == plain.held
    assert (found.replaced, found.replacements) == (0, ())
    assert found.foreign > plain.foreign


def test_words_of_other_labels_are_foreign_but_not_new() -> None:
    found = evidence(["微信", "通讯录", "发现", "朋友圈广告"])
    assert found.foreign == 1
    assert 0 < found.new < 1
    assert found.held == 0


def test_no_text_is_evidence_of_nothing() -> None:
    found = evidence([])
    assert (found.held, found.foreign, found.new, found.replaced) == (0, 0, 0, 0)


@pytest.mark.parametrize(("shop_seen", "count"), [("云溪小店", 0), ("松影书屋", 1)])
def test_what_a_label_has_shown_before_is_no_other_brand(shop_seen: str, count: int) -> None:
    screens = [["汀洲商城今日热门公告"]] * 3 + [[f"{shop_seen}在营业"]]
    lexicon = gallery_of({"a": screens, "chat": [["微信", "通讯录"]]}).lexicon
    query = text_of(["云溪小店今日热门喜讯"])
    found = weigh(query, lexicon.profiles[0], lexicon.vocabulary)
    assert [one for one in replaced(found) if one[1] == "云溪小店"] == [
        ("汀洲商城", "云溪小店")
    ] * count


@pytest.mark.parametrize(
    ("line", "other", "parts"),
    [
        ("关于海棠银行", "关于青柯银行", [("海棠", "青柯")]),
        ("关于海棠银行", "关于海棠银行", []),
        ("关于海棠银行", "海棠银行", []),  # nothing stands in its place
        ("关于海棠银行", "首页", []),
        ("关于海棠银行", "关于青柯生活服务平台银行", []),  # too long to be the same line
        ("海棠银行用户协议", "青柯银行用户条款", [("海棠", "青柯"), ("协议", "条款")]),
        ("about acmepay", "about birchbank", [("acmepay", "birchbank")]),
        ("my wallet is empty today", "my birchbank", []),  # most of the line is gone
        ("terms of acmepay", "terms of birchbank", [("acmepay", "birchbank")]),
    ],
)
def test_replaced_parts(line: str, other: str, parts: list[tuple[str, str]]) -> None:
    a, b = units_of(line), units_of(other)
    found = [("".join(a[x]), "".join(b[y])) for x, y in replaced_parts(a, b)]
    assert found == parts


def test_the_weightiest_replacement_comes_first() -> None:
    found = evidence(["青柯银行借款", "关于青柯银行", "青柯银行将严格保护您的信息", "立即还款"])
    assert found.replacements[0] == Replaced(("海", "棠"), ("青", "柯"))


def test_one_line_compared_as_the_docstring_works_it_out() -> None:
    """The worked example of `_compare`, and the same with a shared anchor that weighs twice 3."""
    line = units_of("关于棠海银行")
    anchors = {"关于": 1.0, "于棠": 3.0, "棠海": 3.0, "海银": 3.0, "银行": 1.0}
    absent = {term: anchors[term] for term in ("于棠", "棠海", "海银")}
    whole = AnchorLine(line, frozenset(line), tuple(anchors))
    seen = dict.fromkeys(anchors, 4)

    def compared(weights: dict[str, float]) -> list[tuple[Replaced, set[str]]]:
        places = dict.fromkeys(weights, (0,))
        label = Profile(4, seen, weights, sum(weights.values()), 6.0, (whole,), places, (line,))
        return list(_compare(whole, units_of("关于青柯银行"), label, absent))

    assert compared(anchors) == [(Replaced(("棠", "海"), ("青", "柯")), set(absent))]
    assert compared(anchors | {"银行": 6.0}) == []

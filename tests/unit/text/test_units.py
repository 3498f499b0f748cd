import doctest

import pytest

from tests.unit.screens.handmade import text_of
from vislex.text import units as words
from vislex.text.units import joined, terms_of, units_of


def test_the_examples_in_the_docstrings_hold() -> None:
    failed, tried = doctest.testmod(words)
    assert (failed, tried) == (0, 3)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("可用额度（元）12,000.00", "可 用 额 度 元"),
        ("2026-11-20 08:30", ""),
        ("136****6109", ""),
        ("**安", "安"),
        ("Recent Activity, 3 new", "recent activity new"),
        ("A4 纸", "纸"),  # one letter is no word
        ("餘額寶 總資產", "餘 額 寶 總 資 產"),
        ("𠮷野家", "𠮷 野 家"),
        ("設定する", "設 定 する"),
        ("Überweisung", "überweisung"),
        ("", ""),
    ],
)
def test_units_are_characters_and_words(text: str, units: str) -> None:
    assert " ".join(units_of(text)) == units


def test_a_pair_never_joins_a_character_and_a_word() -> None:
    assert terms_of(units_of("微信pay支付")) == ("pay", "微信", "支付")


def test_terms_of_a_screen_are_those_of_its_lines() -> None:
    found = text_of(["立即借款", "12,000.00", "我的"])
    assert found.line_units == (("立", "即", "借", "款"), ("我", "的"))
    assert found.terms == {"立即", "即借", "借款", "我的"}


def test_joined_parts_words_only() -> None:
    assert joined(units_of("关于 Visa Card")) == "关于 visa card"

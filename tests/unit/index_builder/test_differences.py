"""Which words of a line differ, on lines by hand."""

import pytest

from index_builder.report.differences import marked, terms_in


@pytest.mark.parametrize(
    ("line", "shown", "differs"),
    [
        ("微信钱包 5", {"钱包"}, ["微信"]),
        ("支付宝", {"支付"}, ["宝"]),  # 付 stands in a word that is shown
        ("Visa 卡号", {"visa", "卡号"}, []),
        ("My VISA card", {"my"}, ["VISA", "card"]),
        ("12:30 100.00 元", set(), []),  # a lone character is no word
        ("额度100额度", {"额度"}, []),
        ("", {"额度"}, []),
    ],
)
def test_a_word_is_marked_unless_one_over_it_is_shown(
    line: str, shown: set[str], differs: list[str]
) -> None:
    pieces = marked(line, shown)
    assert "".join(piece for piece, _ in pieces) == line
    assert [piece for piece, mark in pieces if mark] == differs


def test_nothing_of_a_line_differs_from_itself() -> None:
    line = "Apple Pay 余额(元) 12,300.00 İstanbul 还款日"
    assert [mark for _, mark in marked(line, terms_in([line]))] == [False]

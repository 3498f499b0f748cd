"""What is left out as a status bar, and what must stay, on screens written by hand."""

import pytest

from vislex.ocr.lines import Line
from vislex.text.status_bar import without_status_bar

Placed = tuple[str, int, int, int]  # text, left, top, height

BODY: tuple[Placed, ...] = (
    ("我的额度", 300, 96, 34), ("可用额度（元）", 40, 190, 26), ("12,000.00", 40, 240, 60),
    ("立即借款", 300, 340, 30), ("还款计划", 40, 420, 28),
)  # fmt: skip


def lines_of(*placed: Placed) -> list[Line]:
    found = []
    for text, x, y, height in placed:
        right, bottom = x + height * len(text), y + height
        found.append(Line(text, 0.9, ((x, y), (right, y), (right, bottom), (x, bottom))))
    return found


def kept(*placed: Placed) -> list[str]:
    return [line.text for line in without_status_bar(lines_of(*placed))]


BODY_TEXT = [text for text, *_ in BODY]


@pytest.mark.parametrize(
    "bar",
    [
        [("11:40", 30, 20, 24)],
        [("11:40 中国移动", 30, 20, 24), ("5G", 560, 21, 22), ("85%", 640, 20, 22)],
        [("12:32鹿湾电信", 30, 20, 24), ("5G72%", 560, 22, 22)],
        [("上午9:41", 30, 20, 24), ("l 4G", 560, 22, 22), ("HD 38% I", 620, 22, 22)],
        [("中国联通", 20, 20, 22), ("11:40", 330, 20, 24), ("令", 560, 20, 20)],
        [("9:41 AM", 330, 20, 24), ("T-Mobile", 20, 20, 22), ("Wi-Fi", 200, 20, 22)],
        [("8:05", 30, 20, 24), ("0.3KB/s", 400, 20, 22), ("VoLTE", 540, 20, 22)],
        [("14:25 12月26日 周三", 30, 20, 24), ("100%", 640, 20, 22)],
        [("9:41", 60, 34, 28), ("ull", 540, 36, 20), ("LTE", 600, 34, 24)],  # beside a notch
        [("无服务", 30, 20, 22), ("4G", 500, 20, 22)],
    ],
)
def test_a_status_bar_is_left_out_whole(bar: list[Placed]) -> None:
    ull = ["ull"] if any(text == "ull" for text, *_ in bar) else []  # three letters may be a word
    assert kept(*bar, *BODY) == ull + BODY_TEXT


def test_the_title_above_a_time_stays() -> None:
    """A screen without a status bar: title, brand, then a line with a time."""
    page = [
        ("云雀航空", 40, 40, 40), ("航班动态", 40, 120, 40), ("计划出发 21:40", 40, 200, 40),
        ("座位信息", 40, 280, 40),
    ]  # fmt: skip
    assert kept(*page) == ["云雀航空", "航班动态", "计划出发 21:40", "座位信息"]


@pytest.mark.parametrize(
    "page",
    [
        [("航班动态", 40, 20, 30), ("21:40", 600, 20, 30)],  # a title beside a time
        [("航班动态 21:40", 40, 20, 30)],
        [("21:40", 40, 20, 30), ("海雀船务", 300, 22, 28)],
        [("中国移动", 40, 20, 30)],  # a carrier's own page
        [("海雀船务", 40, 20, 30), ("5G", 600, 20, 24)],
    ],
)
def test_words_of_a_title_stay_in_the_row_of_a_time_or_a_sign(page: list[Placed]) -> None:
    words = [text for text, *_ in page if text not in ("21:40", "5G")]
    assert [text for text in kept(*page, *BODY) if text not in ("21:40", "5G")] == words + BODY_TEXT


@pytest.mark.parametrize(
    "clock",
    [
        ("10:30", 40, 300, 26),  # down the page
        ("10:30", 40, 20, 120),  # larger than the rest: a clock is what the page shows
        ("10:30", 40, 90, 24),  # too far from the edge
    ],
)
def test_a_time_that_is_in_no_bar_stays(clock: Placed) -> None:
    lines = lines_of(clock, ("中国电信", 400, clock[2], clock[3]), *BODY)
    assert without_status_bar(lines) == lines


def test_the_bar_of_a_phone_inside_the_image_is_left_out() -> None:
    phone = [("11:40 中国移动", 930, 420, 24), ("5G", 1460, 421, 22)]
    body = [(text, x + 900, y + 400, height) for text, x, y, height in BODY]
    assert kept(*phone, *body) == BODY_TEXT
    # Below other text it is no bar, and a clock and a carrier alone are none.
    title = ("屏幕镜像", 940, 300, 24)
    assert kept(title, *phone, *body)[:2] == ["屏幕镜像", "11:40 中国移动"]
    assert kept(phone[0], *body)[0] == "11:40 中国移动"


def test_the_order_of_lines_does_not_matter() -> None:
    bar = [("11:40 中国移动", 30, 20, 24), ("5G", 560, 21, 22)]
    assert kept(*BODY, *bar) == BODY_TEXT


def test_no_lines_have_no_bar() -> None:
    assert without_status_bar([]) == []
    assert kept(("11:40", 30, 20, 24)) == []

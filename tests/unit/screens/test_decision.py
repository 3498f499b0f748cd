"""Each reason to know a screen or to turn it away, on a calibrated gallery of loan pages."""

from dataclasses import replace

import numpy as np
import pytest

from index_builder.calibration.calibrate import calibrate
from tests.unit.screens.handmade import (
    BRANDS,
    CITIES,
    EXTRAS,
    Texts,
    ask,
    bank,
    direction,
    gallery_of,
    lines_of,
    loan_screens,
)  # fmt: skip
from vislex.gallery.items import Items
from vislex.ocr.lines import Page, encode_lines
from vislex.screens.classify import Classification, match
from vislex.screens.gallery import Gallery, assemble
from vislex.screens.options import DEFAULT_OPTIONS, Options


@pytest.fixture(scope="module")
def loans() -> Gallery:
    photo: list[list[str]] = [[]] * 6
    gallery = gallery_of({**loan_screens(), "photo": photo})
    return replace(gallery, calibration=calibrate(gallery))


def page(label: int, brand: str | None = None, *more: str) -> list[str]:
    """A new page of a label, or of `brand` in its place, with a city no image shows."""
    return bank(brand or BRANDS[label], *EXTRAS[label], "海门市东洲区", *more)


def asked(
    gallery: Gallery, texts: Texts, label: int, options: Options = DEFAULT_OPTIONS
) -> Classification:
    return ask(gallery, texts, direction(label, 0.2, 977), options)


@pytest.mark.parametrize("label", range(6))
def test_a_new_page_of_a_label_is_known(loans: Gallery, label: int) -> None:
    found = asked(loans, page(label), label)
    assert (found.label, found.decision) == (f"label{label}", "known")
    assert found.confidence > 0.8
    assert found.reason.startswith(f"words of label{label}: {BRANDS[label]}")


@pytest.mark.parametrize("label", range(6))
def test_another_brand_in_the_same_lines_is_other(loans: Gallery, label: int) -> None:
    found = asked(loans, page(label, "青柯科技"), label)
    assert (found.label, found.decision) == (f"label{label}", "other")
    assert found.confidence < 0.2
    assert f"anchor words of label{label} missing: {BRANDS[label][:2]}" in found.reason
    assert "foreign: 青柯" in found.reason


def test_half_scrolled_off_is_still_known(loans: Gallery) -> None:
    found = asked(loans, page(0)[3:], 0)
    assert (found.label, found.decision) == ("label0", "known")


def test_a_slip_of_the_reader_changes_nothing(loans: Gallery) -> None:
    texts = [line.replace("关于海棠", "关于海堂") for line in page(0)]
    found = asked(loans, texts, 0)
    assert (found.label, found.decision) == ("label0", "known")


def test_a_banner_changes_nothing(loans: Gallery) -> None:
    found = asked(loans, ["双十一狂欢", "抢百元红包", *page(0)], 0)
    assert (found.label, found.decision) == ("label0", "known")


def test_words_the_label_never_shows_are_named(loans: Gallery) -> None:
    chat = ["微信", "通讯录", "发现", "朋友圈", "视频号", "借款记录", "海棠银行借款"]
    found = asked(loans, chat, 0)
    assert found.decision == "other"
    assert "words that" in found.reason


def test_an_unrelated_screen_is_other_than_the_nearest(loans: Gallery) -> None:
    found = asked(loans, ["Chess", "New game", "Settings", "Undo"], 3)
    assert found.decision == "other"
    assert found.confidence < 0.05
    assert found.label in loans.labels


def test_no_text_falls_back_to_the_image_and_says_so(loans: Gallery) -> None:
    found = asked(loans, [], 2)
    assert found.label == "label2"
    assert "no text was read, decided by the image alone" in found.reason


def test_text_that_cannot_be_used_is_not_said_to_be_unread(loans: Gallery) -> None:
    """Of a screen turned by 90 degrees some signs are read, which are no words."""
    turned = Page(lines_of(["|", "- -", "。"]), partial=True)
    found = asked_page(loans, turned, 400)
    assert found.decision == "other"
    assert "text was read, but none of it could be used, decided by the image" in found.reason


def test_text_not_read_falls_back_to_the_image(loans: Gallery) -> None:
    found = asked(loans, page(2, "青柯科技"), 2, Options(read=False))
    assert (found.label, found.decision) == ("label2", "known")
    assert "decided by the image alone: looks like label2" in found.reason


def test_an_image_unlike_all_without_text_is_other(loans: Gallery) -> None:
    found = ask(loans, [], direction(400))
    assert found.decision == "other"
    assert "looks too unlike" in found.reason


def test_a_label_without_text_is_told_by_the_image(loans: Gallery) -> None:
    found = asked(loans, ["IMG 0001"], loans.labels.index("photo"))
    assert (found.label, found.decision) == ("photo", "known")
    assert found.reason.startswith("photo shows no text, decided by the image alone")


@pytest.mark.parametrize("picture", range(6))
def test_words_overrule_what_looks_nearest(loans: Gallery, picture: int) -> None:
    for label in set(range(6)) - {picture}:
        plain = asked(loans, page(label), picture, Options(alpha=1.0, decide=False))
        found = asked(loans, page(label), picture, Options(alpha=1.0))
        assert plain.label == f"label{picture}"
        assert found.label == f"label{label}"


def test_a_label_may_ask_more_than_others(loans: Gallery) -> None:
    calibration = loans.calibration
    strict = replace(loans, calibration=replace(calibration, shifts={"label0": 20.0}))
    assert asked(strict, page(0), 0).decision == "other"
    assert asked(strict, page(0), 0).confidence < asked(loans, page(0), 0).confidence
    assert asked(strict, page(1), 1).decision == "known"


def test_two_labels_of_the_same_images_are_said_to_be_alike() -> None:
    screens = loan_screens()
    vectors = {
        label: np.stack([direction(i, 0.2, j) for j in range(6)]) for i, label in enumerate(screens)
    }
    gallery = gallery_of(
        {**screens, "twin": screens["label0"]}, {**vectors, "twin": vectors["label0"]}
    )
    gallery = replace(gallery, calibration=calibrate(gallery))
    found = asked(gallery, page(0), 0)
    assert (found.label, found.decision) == ("label0", "known")
    assert found.reason.endswith("; fits twin as well, nothing here tells them apart")
    assert "fits" not in asked(gallery, page(1), 1).reason
    assert asked(gallery, page(0, "青柯科技"), 0).decision == "other"


@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("brand", [None, "青柯科技"])
def test_either_end_of_alpha_decides_alike(loans: Gallery, alpha: float, brand: str | None) -> None:
    found = asked(loans, page(4, brand), 4, Options(alpha=alpha))
    assert (found.label, found.decision) == ("label4", "other" if brand else "known")


def test_alpha_zero_leaves_the_image_out(loans: Gallery) -> None:
    a, b = (ask(loans, page(4), direction(seed), Options(alpha=0.0, top_k=1)) for seed in (4, 500))
    assert (a.label, a.decision) == (b.label, b.decision) == ("label4", "known")


def test_the_study_ranking_is_decided_on_as_well(loans: Gallery) -> None:
    options = Options(ranking="study")
    assert asked(loans, page(5), 5, options).decision == "known"
    assert asked(loans, page(5, "青柯科技"), 5, options).decision == "other"


@pytest.mark.parametrize("ranking", ["both", "study"])
def test_deciding_off_is_the_plain_nearest(loans: Gallery, ranking: str) -> None:
    options = Options.from_parameters({"ranking": ranking, "decide": "off"})
    found = asked(loans, page(5, "青柯科技"), 5, options)
    assert (found.label, found.decision) == ("label5", "known")
    assert found.reason == "nearest label; deciding is off"
    assert found.confidence == pytest.approx(found.score)


def test_a_threshold_can_be_set_by_hand(loans: Gallery) -> None:
    calibration = loans.calibration
    judge = replace(calibration.with_text, threshold=50.0)
    strict = replace(loans, calibration=replace(calibration, with_text=judge))
    assert asked(strict, page(0), 0).decision == "other"


def test_the_same_query_twice_and_in_a_batch_has_one_answer(loans: Gallery) -> None:
    queries = [(page(i, brand), i) for i in range(6) for brand in (None, "青柯科技")]
    alone = [asked(loans, texts, label) for texts, label in queries]
    again = [asked(loans, texts, label) for texts, label in queries]
    batch = match(
        np.stack([direction(label, 0.2, 977) for _, label in queries]),
        [lines_of(texts) for texts, _ in queries],
        [Options()] * len(queries),
        loans,
    )
    assert alone == again
    for one, other in zip(alone, batch, strict=True):
        assert (one.label, one.decision, one.reason) == (other.label, other.decision, other.reason)
        assert one.confidence == pytest.approx(other.confidence, abs=1e-6)


def test_a_city_seen_before_decides_nothing(loans: Gallery) -> None:
    for city in CITIES:
        texts = [*page(1)[:-1], city]
        assert asked(loans, texts, 1).decision == "known"
        texts = [*page(1, "青柯科技")[:-1], city]
        assert asked(loans, texts, 1).decision == "other"


@pytest.mark.parametrize("label", range(6))
def test_the_order_of_lines_decides_nothing(loans: Gallery, label: int) -> None:
    """Galleries hold lines in the order in which an older reader put them."""
    for texts in (page(label), page(label, "青柯科技")):
        lines, vector = lines_of(texts), direction(label, 0.2, 977)
        turned = tuple(reversed(lines))
        upright, other = match(
            np.stack([vector] * 2), [lines, turned], [DEFAULT_OPTIONS] * 2, loans
        )
        assert replace(other, lines=()) == replace(upright, lines=())


def test_the_order_of_a_gallerys_lines_decides_nothing(loans: Gallery) -> None:
    items = Items.of(replace(item, encoded=encode_lines(item.lines[::-1])) for item in loans.items)
    turned = assemble("v000001", items, loans.index, loans.calibration, loans.recipe)
    for label in range(6):
        for texts in (page(label), page(label, "青柯科技")):
            here, there = asked(loans, texts, label), asked(turned, texts, label)
            assert (there.label, there.decision) == (here.label, here.decision)
            assert there.reason == here.reason
            assert there.confidence == pytest.approx(here.confidence, abs=1e-6)


def test_a_look_alike_without_a_status_bar_is_other_though_a_line_shows_a_time() -> None:
    """Two kinds of screens that differ by title and brand, above a line with a time."""

    def screen(brand: str, title: str, minute: int) -> list[str]:
        return [
            brand,
            title,
            f"计划出发 21:{minute:02}",
            *["座位信息", "电子客票", "出行提醒", "联系客服"],
        ]

    shots = range(10, 60, 10)
    gallery = gallery_of(
        {
            "flight": [screen("云雀航空", "航班动态", minute) for minute in shots],
            "train": [screen("苍岭铁路", "列车动态", minute) for minute in shots],
        }
    )
    gallery = replace(gallery, calibration=calibrate(gallery))
    own = ask(gallery, screen("云雀航空", "航班动态", 5), direction(0))
    alike = ask(gallery, screen("海雀船务", "渡轮动态", 5), direction(0))
    assert (own.label, own.decision) == ("flight", "known")
    assert alike.decision == "other"


def asked_page(gallery: Gallery, read: Page, label: int) -> Classification:
    return match(direction(label, 0.2, 977)[np.newaxis], [read], [DEFAULT_OPTIONS], gallery)[0]


def test_text_that_was_not_read_leaves_nothing_known_by_the_image(loans: Gallery) -> None:
    read, unread = (asked_page(loans, Page(partial=partial), 2) for partial in (False, True))
    assert (read.decision, read.reading, read.cause) == ("known", "full", "image")
    assert (unread.decision, unread.reading, unread.cause) == ("other", "partial", "unread")
    assert "text that could not be read" in unread.reason
    assert unread.confidence <= read.confidence


def test_words_decide_on_a_page_that_was_read_in_part(loans: Gallery) -> None:
    found = asked_page(loans, Page(lines_of(page(2)), partial=True), 2)
    assert (found.label, found.decision, found.reading) == ("label2", "known", "partial")


def test_words_where_the_label_shows_none_are_not_known_by_the_image(loans: Gallery) -> None:
    photo = loans.labels.index("photo")
    found = asked(loans, ["Welcome", "Sign in", "Forgot password", "Create account"], photo)
    assert found.decision == "other"


def test_numbers_alone_are_not_known_by_the_image_where_the_label_has_words(loans: Gallery) -> None:
    found = asked(loans, ["1,200.00", "3.50", "88", "12/26"], 2)
    assert (found.decision, found.cause) == ("other", "missing")


def test_numbers_alone_on_both_sides_leave_it_to_the_image(loans: Gallery) -> None:
    photo = loans.labels.index("photo")
    found = asked(loans, ["7", "8", "9", "4", "5", "6"], photo)
    assert (found.label, found.decision, found.cause) == ("photo", "known", "image")


def test_reading_that_was_not_asked_for_is_off(loans: Gallery) -> None:
    assert asked(loans, page(2), 2, Options(read=False)).reading == "off"

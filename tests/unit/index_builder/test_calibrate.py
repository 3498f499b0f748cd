"""Calibration of good galleries and bad ones, and what no gallery may do."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from index_builder.calibration.calibrate import calibrate
from index_builder.calibration.queries import FEW_IMAGES, known_queries, unknown_queries
from index_builder.calibration.shifts import size_shifts
from index_builder.inspect.warnings import warnings_of
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
)
from vislex.gallery.items import Item, Items
from vislex.gallery.labels import OTHER
from vislex.screens.calibration import THRESHOLDS_WITH_TEXT, Calibration, uncalibrated
from vislex.screens.gallery import Gallery
from vislex.screens.options import Options
from vislex.screens.others import Others


def calibrated(
    labels: Mapping[str, Sequence[Texts]], order: Sequence[int] | None = None
) -> Gallery:
    gallery = gallery_of(labels, order=order)
    return replace(gallery, calibration=calibrate(gallery))


@pytest.fixture(scope="module")
def loans() -> Gallery:
    return calibrated(loan_screens())


def verdict(gallery: Gallery, texts: Texts, label: int) -> tuple[str, str]:
    found = ask(gallery, texts, direction(label, 0.2, 977))
    return found.label, found.decision


def page(label: int, brand: str = "") -> list[str]:
    return bank(brand or BRANDS[label], *EXTRAS[label], "海门市东洲区")


# What calibration learns from


def test_each_image_is_asked_as_known_and_as_other() -> None:
    gallery = gallery_of(loan_screens())
    known, other = known_queries(gallery), unknown_queries(gallery)
    assert len(known) == len(other) == 36
    assert {one.label for one in known} == set(range(6))
    assert all(one.with_text is not None and one.images < 6 for one in known)
    # Without its label an image shows its brand nowhere.
    assert all(one.with_text and one.with_text.numbers[-1] > 0 for one in other)


def test_known_queries_are_also_asked_of_labels_cut_down() -> None:
    known = known_queries(gallery_of(loan_screens()))
    sizes = {tuple(size for size, _ in one.with_fewer) for one in known}
    assert sizes <= {FEW_IMAGES, FEW_IMAGES[:-1]}


def test_fewer_images_ask_less_of_a_query() -> None:
    gallery = gallery_of(
        {name: [text[:i] + text[i + 2 :] for i, text in enumerate(screens)]
         for name, screens in loan_screens().items()}
    )  # fmt: skip
    shifts = size_shifts(known_queries(gallery), uncalibrated().with_text)
    assert list(shifts) == sorted(shifts)
    values = list(shifts.values())
    assert values == sorted(values)
    assert values[0] < 0 == values[-1]


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.2])
def test_the_gallery_keeps_its_own_images_at_the_stated_rate(rate: float) -> None:
    gallery = gallery_of(loan_screens())
    chosen = replace(gallery.calibration, false_reject_rate=rate)
    found = calibrate(replace(gallery, calibration=chosen))
    scaled = replace(gallery, calibration=found)
    sums = [
        found.with_text.logit(one.with_text.numbers)
        for one in known_queries(scaled)
        if one.with_text
    ]
    refused = np.mean([value < found.with_text.threshold for value in sums])
    assert refused <= rate
    assert THRESHOLDS_WITH_TEXT[0] <= found.with_text.threshold <= THRESHOLDS_WITH_TEXT[1]
    assert found.false_reject_rate == rate


def test_known_others_are_learned_from() -> None:
    gallery = gallery_of(loan_screens())
    strangers = Others(
        Items.of(Item.of(str(i), OTHER, lines_of(page(i % 6, "青柯"))) for i in range(12)),
        np.stack([direction(50 + i) for i in range(12)]),
    )
    plain, told = calibrate(gallery), calibrate(replace(gallery, others=strangers))
    assert plain.with_text != told.with_text
    again = replace(gallery, calibration=told)
    assert verdict(again, page(2, "蒲鸽钱庄"), 2) == ("label2", "other")
    assert verdict(again, page(2), 2) == ("label2", "known")


def test_a_calibration_is_valid_json(loans: Gallery) -> None:
    text = json.dumps(loans.calibration.to_json(), allow_nan=False)
    assert Calibration.from_json(json.loads(text)) == loans.calibration


def test_calibrating_twice_gives_the_same(loans: Gallery) -> None:
    assert calibrate(loans) == loans.calibration


# Properties


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_images_changes_nothing(loans: Gallery, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(36).tolist()
    other = calibrated(loan_screens(), order)
    for label in range(6):
        for texts in (page(label), page(label, "青柯科技"), page(label)[4:], []):
            vector = direction(label, 0.2, 977)
            a, b = ask(loans, texts, vector), ask(other, texts, vector)
            assert (a.label, a.decision, a.reason) == (b.label, b.decision, b.reason)
            assert a.confidence == pytest.approx(b.confidence, abs=1e-6)
            assert [c.id for c in a.candidates] == [c.id for c in b.candidates]


@pytest.mark.parametrize("seed", range(3))
def test_equal_scores_do_not_go_by_the_order_of_the_images(seed: int) -> None:
    # Within a label the texts are the same and the pictures are not; b and c are the same.
    screens = {"a": [["借款", "额度"]] * 4, "b": [["微信"]] * 4, "c": [["微信"]] * 4}
    near = np.stack([direction(5, 0.2, i) for i in range(4)])
    vectors = {"a": np.stack([direction(6, 0.2, i) for i in range(4)]), "b": near, "c": near}
    order = np.random.default_rng(seed).permutation(12).tolist()
    found = []
    for places in (list(range(12)), order):
        gallery = gallery_of(screens, vectors, places)
        options = Options(top_k=1)
        found.append(
            [ask(gallery, texts, direction(77), options) for texts in (["借款"], ["微信"])]
        )
    for a, b in zip(*found, strict=True):
        assert (a.label, a.reason) == (b.label, b.reason)
        assert {c.id for c in a.candidates if c.text > 0} == {
            c.id for c in b.candidates if c.text > 0
        }


def unrelated(chance: random.Random, labels: int) -> dict[str, list[Texts]]:
    """Labels whose words have nothing to do with loans."""
    words = [chr(0x4E00 + chance.randrange(3000)) + chr(0x4E00 + chance.randrange(3000))
             for _ in range(400)]  # fmt: skip
    pages = [chance.sample(words, 8) for _ in range(labels)]
    return {
        f"zz{i}": [[*own, chance.choice(words)] for _ in range(3)] for i, own in enumerate(pages)
    }


@pytest.mark.parametrize("seed", range(4))
def test_unrelated_labels_never_make_a_look_alike_known(seed: int) -> None:
    chance = random.Random(seed)
    gallery = calibrated({**loan_screens(), **unrelated(chance, chance.choice([1, 5, 20]))})
    for label in range(6):
        assert verdict(gallery, page(label, "青柯科技"), label)[1] == "other"
        assert verdict(gallery, page(label), label) == (f"label{label}", "known")


@pytest.mark.parametrize("seed", range(4))
def test_banners_never_make_a_look_alike_known(loans: Gallery, seed: int) -> None:
    chance = random.Random(seed)
    banners = [
        "双十一狂欢",
        "抢百元红包",
        "新人专享",
        "Win a prize",
        "限时免息",
        *CITIES,
        *EXTRAS[0],
    ]
    for label in range(6):
        texts = page(label, "青柯科技")
        before = ask(loans, texts, direction(label, 0.2, 977))
        for count in (1, 3, 6):
            place = chance.randrange(len(texts))
            more = [*texts[:place], *chance.sample(banners, count), *texts[place:]]
            after = ask(loans, more, direction(label, 0.2, 977))
            assert (before.decision, after.decision) == ("other", "other")


# Bad galleries


def test_one_label() -> None:
    gallery = calibrated({"a": [bank("海棠银行", city) for city in CITIES]})
    assert verdict(gallery, bank("海棠银行", "海门市东洲区"), 0) == ("a", "known")
    assert verdict(gallery, ["Chess", "New game"], 0) == ("a", "other")
    assert "a is the only label" in warnings_of(gallery)[0]


def test_one_image() -> None:
    gallery = calibrated({"a": [bank("海棠银行")]})
    assert verdict(gallery, bank("海棠银行"), 0) == ("a", "known")
    assert verdict(gallery, ["Chess", "New game", "Undo"], 0) == ("a", "other")
    assert any("a has one image" in each for each in warnings_of(gallery))


def test_one_image_a_label() -> None:
    gallery = calibrated({name: screens[:1] for name, screens in loan_screens().items()})
    for label in range(6):
        assert verdict(gallery, page(label), label) == (f"label{label}", "known")
        assert verdict(gallery, page(label, "青柯科技"), label)[1] == "other"
    assert len(warnings_of(gallery)) == 6


def test_one_label_of_one_image_among_fuller_ones() -> None:
    screens = loan_screens()
    gallery = calibrated({**screens, "label0": screens["label0"][:1]})
    for label in (0, 3):
        assert verdict(gallery, page(label), label) == (f"label{label}", "known")
        assert verdict(gallery, page(label, "青柯科技"), label)[1] == "other"
    (warning,) = warnings_of(gallery)
    assert warning == "label0 has one image: nothing shows how much its screens vary"


def test_the_same_image_under_two_labels() -> None:
    gallery = gallery_of(
        {"a": [bank("海棠银行")], "b": [bank("海棠银行")]},
        {"a": direction(0)[np.newaxis], "b": direction(0)[np.newaxis]},
    )
    gallery = replace(gallery, calibration=calibrate(gallery))
    found = ask(gallery, bank("海棠银行"), direction(0))
    assert (found.label, found.decision) == ("a", "known")
    assert "fits b as well, nothing here tells them apart" in found.reason
    alike = "images of a and b show the same words: text cannot tell them apart"
    assert alike in warnings_of(gallery)


def test_no_text_on_any_image() -> None:
    gallery = calibrated({name: [[]] * 5 for name in "abc"})
    found = ask(gallery, ["立即借款"], direction(1, 0.2, 977))
    assert (found.label, found.decision) == ("b", "known")
    assert "b shows no text" in found.reason
    assert "no text was read on any image of a" in warnings_of(gallery)[0]
    assert ask(gallery, [], direction(300), Options()).decision == "other"


def test_a_good_gallery_gives_no_warning(loans: Gallery) -> None:
    assert warnings_of(loans) == []


def test_warnings_of_many_labels_are_kept_short() -> None:
    gallery = gallery_of({f"label{i:03}": [[f"第{i}页"]] for i in range(50)})
    found = warnings_of(gallery)
    assert len(found) < 30
    assert "and 40 more like the last" in found


def test_every_process_learns_the_same_to_the_last_bit() -> None:
    """Sets of words are in another order in each; a gallery must repeat byte for byte."""
    code = (
        "from index_builder.calibration.calibrate import calibrate; "
        "from tests.unit.screens.handmade import gallery_of, loan_screens; "
        "print(calibrate(gallery_of(loan_screens(6))))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True, timeout=300,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(found) == 1

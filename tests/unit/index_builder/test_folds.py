"""Which images are left out together."""

import numpy as np
import pytest

from index_builder.calibration.folds import (
    IMAGE_FOLDS,
    LABEL_FOLDS,
    image_folds,
    label_folds,
    spread,
)
from tests.unit.screens.handmade import direction, gallery_of


def test_near_duplicates_are_left_out_together() -> None:
    # Images 0 and 4 are the same; 1 has the same text but another picture, 2 the reverse.
    texts = ["海棠银行借款", "海棠银行借款", "我的额度", "还款计划", "海棠银行借款", "账单"]
    places = [0, 1, 0, 2, 0, 3]
    gallery = gallery_of(
        {"a": [[text] for text in texts], "b": [["微信"], ["通讯录"], ["发现"]]},
        {
            "a": np.stack([direction(place) for place in places]),
            "b": np.stack([direction(10 + i) for i in range(3)]),
        },
    )
    together = [set(fold.tolist()) for fold in image_folds(gallery)]
    assert sum({0, 4} <= fold for fold in together) == 1
    assert not any({0, 1} <= fold or {0, 2} <= fold for fold in together)


def test_every_image_is_left_out_once_and_its_label_stays() -> None:
    gallery = gallery_of(
        {label: [[f"{label}第{i}页", label * 3]] * 1 for i, label in enumerate("甲乙")}
        | {"丙": [[f"丙{word}"] for word in "天地人日月星辰"]}
    )
    folds = list(image_folds(gallery))
    asked = np.sort(np.concatenate(folds))
    assert asked.tolist() == list(range(7))  # the lone images of 甲 and 乙 are never left out
    assert len(folds) == IMAGE_FOLDS
    for fold in folds:
        left = np.setdiff1d(np.arange(9), fold)
        assert set(gallery.lexicon.label_of[left]) == {0, 1, 2}


def test_a_label_of_nothing_but_duplicates_is_never_left_out() -> None:
    gallery = gallery_of(
        {"a": [["借款"]] * 4, "b": [["还款"]]},
        {"a": np.stack([direction(0)] * 4), "b": direction(1)[np.newaxis]},
    )
    assert list(image_folds(gallery)) == []


@pytest.mark.parametrize("labels", [2, 3, LABEL_FOLDS, 60])
def test_each_label_is_left_out_once(labels: int) -> None:
    gallery = gallery_of({f"label{i:03}": [["借款"], ["还款"]] for i in range(labels)})
    folds = list(label_folds(gallery))
    assert len(folds) == min(labels, LABEL_FOLDS)
    assert sorted(np.concatenate(folds).tolist()) == list(range(2 * labels))
    for fold in folds:
        numbers = gallery.lexicon.label_of[fold]
        assert len(fold) == 2 * len(set(numbers)) < 2 * labels  # whole labels, and never all


def test_a_single_label_cannot_be_left_out() -> None:
    assert list(label_folds(gallery_of({"a": [["借款"], ["还款"]]}))) == []


@pytest.mark.parametrize("count", [1, 3, 10, 99])
def test_spread_takes_so_many_from_end_to_end(count: int) -> None:
    rows = np.arange(100, 110)
    found = spread(rows, count)
    assert len(found) == min(count, 10)
    assert len(set(found.tolist())) == len(found)
    assert found[0] == 100
    assert count < 2 or found[-1] == 109

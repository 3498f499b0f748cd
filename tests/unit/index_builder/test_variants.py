"""Ablations, sweeps and leave-class-out over a gallery whose answers are known beforehand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from index_builder.evaluation.judged import Judged
from index_builder.evaluation.leave_out import leave_class_out
from index_builder.evaluation.variants import SWEEP_SAMPLE, answered_again, compare
from tests.unit.index_builder.outcomes import answer, gallery_of, line
from vislex.images.observe import Observed
from vislex.ocr.lines import Page
from vislex.screens.options import Options

A, B, C = np.eye(4, dtype=np.float32)[:3]
TEXTS = {
    "a": ["微信支付", "我的钱包"],
    "b": ["花呗账单", "还款记录"],
    "c": ["借款额度", "立即申请"],
}


def near(direction: NDArray[np.float32], offset: float) -> NDArray[np.float32]:
    vector = direction + offset * np.eye(4, dtype=np.float32)[3]
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


GALLERY = gallery_of(
    [
        (label, near(direction, offset), [*TEXTS[label], f"页面{word}"])
        for label, direction in (("a", A), ("b", B), ("c", C))
        for offset, word in ((0.1, "甲乙"), (0.3, "丙丁"))
    ]
)


def query(truth: str, embedding: NDArray[np.float32], *texts: str) -> Judged:
    observed = Observed(embedding, Page(tuple(map(line, texts))))
    return Judged(f"{truth}/1.png", truth, answer("a"), observed=observed)


def test_each_part_alone_answers_by_itself() -> None:
    torn = query("b", near(A, 0.2), *TEXTS["b"])  # looks like a, reads like b
    found = compare([torn], GALLERY, Options(decide=False))
    accuracy = {row.name: row.closed_set_accuracy for row in found.ablations}
    assert accuracy["visual only"] == 0.0
    assert accuracy["text only"] == 1.0
    assert accuracy["the study's method"] == 0.0  # 0.6 * 1 + 0.4 * little beats 0.6 * 0 + 0.4 * 1
    assert [row.alpha for row in found.alpha_sweep] == pytest.approx(np.linspace(0, 1, 11))
    assert found.alpha_sweep[0].closed_set_accuracy == 1.0
    assert found.alpha_sweep[-1].closed_set_accuracy == 0.0
    assert found.leave_class_out is None


def test_rows_say_the_options_they_ran_with() -> None:
    found = compare([query("a", A, *TEXTS["a"])], GALLERY, Options(alpha=0.3, top_k=4))
    rows = [(row.name, row.alpha, row.top_k, row.ranking, row.decide) for row in found.ablations]
    assert rows == [
        ("visual only", 1.0, 4, "both", False),
        ("text only", 0.0, 4, "both", False),
        ("fused", 0.3, 4, "both", False),
        ("fused + decision", 0.3, 4, "both", True),
        ("the study's method", 0.6, 5, "study", False),
    ]
    # The gallery holds 6 images, so 10 and more would be the same again.
    assert [row.top_k for row in found.top_k_sweep] == [1, 2, 3, 4, 5]
    assert {row.alpha for row in found.top_k_sweep} == {0.3}


def test_without_a_decision_nothing_is_other() -> None:
    strange = query("other", near(A, 0.2), "完全不同", "别的银行")
    row = compare([strange, query("a", A, *TEXTS["a"])], GALLERY, Options()).ablations[2]
    assert (row.closed_set_accuracy, row.open_set_accuracy) == (1.0, 1 / 2)


def test_queries_that_were_not_observed_are_left_out() -> None:
    answered = Judged("a/1.png", "a", answer("a"))
    assert answered_again([answered], GALLERY, Options()) == []
    empty = compare([answered], GALLERY, Options(), leave_out=True)
    assert empty.ablations == empty.alpha_sweep == empty.top_k_sweep == ()
    assert empty.leave_class_out is not None  # it needs the gallery alone


def test_sweeps_ask_about_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SWEEP_SAMPLE > 2
    monkeypatch.setattr("index_builder.evaluation.variants.SWEEP_SAMPLE", 2)
    run = [query("a", A, *TEXTS["a"]), query("b", A, *TEXTS["a"]), query("a", A, *TEXTS["a"])]
    found = compare(run, GALLERY, Options())
    assert found.ablations[2].closed_set_accuracy == 2 / 3
    assert {row.closed_set_accuracy for row in found.alpha_sweep} == {1.0}  # first and last


def test_leave_class_out_asks_every_image_as_known_and_as_other() -> None:
    found = leave_class_out(GALLERY, Options())
    assert (found.known, found.other, found.closed_set_accuracy) == (6, 6, 1.0)
    assert [(row.label, row.images, row.named) for row in found.per_class] == [
        ("a", 2, 1.0),
        ("b", 2, 1.0),
        ("c", 2, 1.0),
    ]
    assert all(row.taken_for not in ("", row.label) for row in found.per_class)
    assert found.auroc == 1.0  # with its own label there, an image always matches it better


def test_the_only_image_of_a_label_is_no_known_query() -> None:
    images = [
        ("a", near(A, 0.1), ["微信支付"]),
        ("a", near(A, 0.4), ["我的钱包"]),
        ("b", B, ["花呗"]),
    ]
    found = leave_class_out(gallery_of(images), Options())
    assert (found.known, found.other) == (2, 3)
    assert {row.label: row.named for row in found.per_class} == {"a": 1.0, "b": None}


def test_a_gallery_of_one_label_has_no_other() -> None:
    images = [("a", near(A, 0.1), ["微信支付"]), ("a", near(A, 0.4), ["我的钱包"])]
    found = leave_class_out(gallery_of(images), Options())
    assert (found.known, found.other, found.auroc) == (2, 0, None)
    assert (found.per_class[0].rejected, found.per_class[0].taken_for) == (None, "")

"""The study's ranking to the letter, and the one with candidates from both sides."""

from dataclasses import replace

import numpy as np
import pytest
from rapidfuzz import fuzz

from tests.unit.screens.handmade import bank, direction, gallery_of, lines_of, loan_screens, text_of
from vislex.gallery.index import nearest
from vislex.screens.calibration import Scale
from vislex.screens.gallery import Gallery
from vislex.screens.options import Options
from vislex.screens.ranking import Ranked, rank_as_study, rank_both

QUERY = bank("海棠银行", "提额进行中")


@pytest.fixture(scope="module")
def loans() -> Gallery:
    gallery = gallery_of({**loan_screens(), "photo": [[]] * 3})
    scales = replace(gallery.calibration, visual=Scale(2.0, -1.0), text=Scale(4.0, -2.0))
    return replace(gallery, calibration=scales)


def both(gallery: Gallery, texts: list[str], label: int, options: Options) -> Ranked:
    embedding = direction(label, 0.2, 977)
    near = nearest(gallery.index, embedding[np.newaxis], options.top_k)[0]
    return rank_both(near, embedding, text_of(texts), options, gallery)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_the_study_reranks_the_visual_top_k_by_raw_scores(loans: Gallery, alpha: float) -> None:
    embedding, options = direction(2, 0.2, 977), Options(alpha=alpha, top_k=7, ranking="study")
    near = nearest(loans.index, embedding[np.newaxis], 7)[0]
    ranked = rank_as_study(near, [line.text for line in lines_of(QUERY)], options, loans)
    expected = []
    for row, cosine in zip(near.rows, near.similarity, strict=True):
        ratio = fuzz.token_set_ratio(" ".join(QUERY), loans.items[row].text) / 100
        expected.append((alpha * cosine + (1 - alpha) * ratio, row))
    expected.sort(key=lambda pair: -pair[0])
    np.testing.assert_allclose(ranked.fused, [score for score, _ in expected], atol=1e-6)
    assert set(ranked.rows.tolist()) == set(near.rows.tolist())


def test_text_finds_what_the_visual_top_k_does_not_hold(loans: Gallery) -> None:
    options = Options(top_k=3)
    ranked = both(loans, QUERY, 5, options)
    embedding = direction(5, 0.2, 977)
    seen = nearest(loans.index, embedding[np.newaxis], 3)[0].rows
    labels = {loans.items[row].label for row in ranked.rows}
    assert {loans.items[row].label for row in seen} == {"label5"}
    assert "label0" in labels


def test_scores_are_those_of_the_rows_they_stand_beside(loans: Gallery) -> None:
    ranked = both(loans, QUERY, 1, Options())
    embedding = direction(1, 0.2, 977)
    for row, visual, text, fused in ranked.scores():
        assert visual == pytest.approx(
            float(loans.index.vectors(np.array([row]))[0] @ embedding), abs=1e-6
        )
        seen, read = (1 / (1 + np.exp(-(2 * visual - 1))), 1 / (1 + np.exp(-(4 * text - 2))))
        assert fused == pytest.approx(0.6 * seen + 0.4 * read, abs=1e-6)
    assert sorted(ranked.fused, reverse=True) == ranked.fused.tolist()


@pytest.mark.parametrize(("alpha", "first"), [(0.0, "label0"), (1.0, "label5")])
def test_either_end_of_alpha_is_one_side_alone(loans: Gallery, alpha: float, first: str) -> None:
    ranked = both(loans, QUERY, 5, Options(alpha=alpha))
    assert loans.items[ranked.rows[0]].label == first


def test_without_text_the_image_alone_counts(loans: Gallery) -> None:
    ranked = both(loans, [], 3, Options(alpha=0.0))
    seen = 1 / (1 + np.exp(-(2 * ranked.visual - 1)))
    np.testing.assert_allclose(ranked.fused, seen, atol=1e-6)
    assert loans.items[ranked.rows[0]].label == "label3"


def test_no_row_stands_twice(loans: Gallery) -> None:
    ranked = both(loans, QUERY, 0, Options(top_k=100))
    assert len(set(ranked.rows.tolist())) == len(ranked.rows) == len(loans.items)

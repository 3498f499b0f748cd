import doctest
import random

import numpy as np
import pytest

from tests.unit.screens.handmade import text_of
from vislex.gallery import ragged
from vislex.screens.lexicon import Lexicon, build_lexicon, without_rows
from vislex.text.index import nearest_labels, text_cosines
from vislex.text.units import ScreenText
from vislex.text.vocabulary import Vocabulary

HAN = "借款额度还记录立即元银行我的首页"


def screen(chance: random.Random, lines: int) -> list[str]:
    return ["".join(chance.choices(HAN, k=chance.randint(1, 5))) for _ in range(lines)]


def lexicon_of(seed: int, images: int = 30, labels: int = 6) -> Lexicon:
    chance = random.Random(seed)
    texts = [text_of(screen(chance, chance.randint(0, 6))).line_units for _ in range(images)]
    return build_lexicon([f"label{chance.randrange(labels)}" for _ in texts], texts)


def cosine(query: ScreenText, row: ScreenText, vocabulary: Vocabulary) -> float:
    """The definition, term by term; a term no image shows weighs as the rarest that one does."""
    rarest = max(map(vocabulary.weight, vocabulary.labels), default=0.0)

    def squares(text: ScreenText) -> float:
        seen = vocabulary.labels
        return sum((vocabulary.weight(t) if t in seen else rarest) ** 2 for t in text.terms)

    shared = sum(vocabulary.weight(t) ** 2 for t in query.terms & row.terms)
    length = (squares(query) * squares(row)) ** 0.5
    return shared / length if length else 0.0


@pytest.mark.parametrize("seed", range(5))
def test_cosines_equal_brute_force(seed: int) -> None:
    lexicon = lexicon_of(seed)
    chance = random.Random(seed + 100)
    query = text_of([*screen(chance, 5), "从未见过"])
    rows = np.array(chance.sample(range(30), 12), np.int64)
    found = text_cosines(lexicon.index, query, rows)
    expected = [cosine(query, lexicon.text(row), lexicon.vocabulary) for row in rows]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_nearest_labels_equal_brute_force_over_mean_images(seed: int) -> None:
    lexicon = lexicon_of(seed)
    query = text_of(screen(random.Random(seed + 100), 5))
    terms = sorted(lexicon.vocabulary.labels)
    weights = np.array([lexicon.vocabulary.weight(term) for term in terms])
    wanted = weights * [term in query.terms for term in terms]
    scores = []
    for words in map(lexicon.counts_of, range(len(lexicon.labels))):
        mean = weights * [words.terms.get(term, 0) / words.images for term in terms]
        scores.append(wanted @ mean / max(np.linalg.norm(mean), 1e-9))
    order = np.argsort(-np.array(scores), kind="stable")
    expected = [i for i in order if scores[i] > 0]
    assert nearest_labels(lexicon.index, query, 3).tolist() == expected[:3]


def test_a_query_without_text_is_near_nothing() -> None:
    lexicon = lexicon_of(0)
    assert nearest_labels(lexicon.index, text_of([]), 5).tolist() == []
    assert text_cosines(lexicon.index, text_of([]), np.arange(30)).tolist() == [0.0] * 30
    assert text_cosines(lexicon.index, text_of(["借款"]), np.zeros(0, np.int64)).tolist() == []


def test_a_gallery_without_text_answers_nothing() -> None:
    lexicon = build_lexicon(["a", "b"], [(), ()])
    assert nearest_labels(lexicon.index, text_of(["借款"]), 5).tolist() == []
    assert text_cosines(lexicon.index, text_of(["借款"]), np.arange(2)).tolist() == [0.0, 0.0]


def test_the_examples_in_the_docstrings_hold() -> None:
    failed, tried = doctest.testmod(ragged, extraglobs={"np": np})
    assert (failed, tried) == (0, 1)


@pytest.mark.parametrize("kept", [[0, 3, 4, 9, 17], list(range(0, 30, 2)), [29]])
def test_rows_left_out_leave_no_trace(kept: list[int]) -> None:
    lexicon = lexicon_of(3)
    rest = without_rows(lexicon, np.array(kept))
    labels = [lexicon.labels[lexicon.label_of[row]] for row in kept]
    fresh = build_lexicon(labels, [lexicon.text(row).line_units for row in kept])
    assert (rest.labels, rest.vocabulary) == (fresh.labels, fresh.vocabulary)
    for number in range(len(rest.labels)):
        assert rest.counts_of(number) == fresh.counts_of(number)
    query = text_of(["立即借款", "我的额度"])
    np.testing.assert_allclose(
        text_cosines(rest.index, query, np.arange(len(kept))),
        text_cosines(fresh.index, query, np.arange(len(kept))),
        rtol=1e-6,
    )

import random

import numpy as np
import pytest

from tests.unit.screens.handmade import text_of
from tests.unit.text.test_index import screen
from vislex.screens.lexicon import index_texts
from vislex.text.corpus import Texts, compact, from_arrays, joined, texts_of, to_arrays
from vislex.text.units import Units


def screens(seed: int, count: int) -> list[tuple[Units, ...]]:
    chance = random.Random(seed)
    return [
        text_of([*screen(chance, chance.randint(0, 4)), "visa Card"]).line_units
        for _ in range(count)
    ]


def told(texts: Texts) -> list[tuple[Units, ...]]:
    return [texts.text(row).line_units for row in range(len(texts))]


def test_texts_are_what_was_numbered() -> None:
    images = screens(1, 20)
    assert told(texts_of(images)) == images
    assert told(texts_of([(), ()])) == [(), ()]


@pytest.mark.parametrize("seed", range(3))
def test_joined_texts_are_those_of_both(seed: int) -> None:
    first, second = screens(seed, 12), screens(seed + 10, 7)
    both = joined(texts_of(first), texts_of(second))
    assert told(both) == first + second
    labels = [f"label{i % 3}" for i in range(19)]
    at_once = index_texts(labels, texts_of(first + second))
    assert index_texts(labels, both).vocabulary == at_once.vocabulary


@pytest.mark.parametrize("seed", range(3))
def test_compact_texts_hold_only_what_is_shown(seed: int) -> None:
    images = screens(seed, 12)
    rows = np.array([0, 3, 7])
    few = compact(texts_of(images).take(rows))
    fresh = texts_of([images[row] for row in rows])
    assert told(few) == told(fresh)
    assert set(few.terms) == set(fresh.terms)
    assert len(few.lines) == len(fresh.lines)
    terms = list(few.terms)
    for number in range(len(few.lines)):
        spelled = {terms[term] for term in few.line_terms[number]}
        line = few.lines[number].tobytes().decode()
        assert spelled == set(text_of([line.replace(" ", "")]).terms) or "visa" in line


def test_texts_survive_as_arrays() -> None:
    images = screens(2, 9)
    arrays = to_arrays(texts_of(images))
    again = from_arrays(arrays, 9)
    assert told(again) == images
    assert again.terms == texts_of(images).terms


@pytest.mark.parametrize("name", ["images_values", "images_starts", "line_terms_starts"])
def test_arrays_that_do_not_belong_together_are_refused(name: str) -> None:
    arrays = to_arrays(texts_of(screens(2, 9)))
    arrays[name] = arrays[name] + 1_000
    with pytest.raises(ValueError, match=r"rows over|expected 0 to"):
        from_arrays(arrays, 9)
    with pytest.raises(ValueError, match="not 8"):
        from_arrays(to_arrays(texts_of(screens(2, 9))), 8)

"""How much a label asks of a query by its images and their number."""

import numpy as np
import pytest

from index_builder.calibration.queries import Known
from index_builder.calibration.shifts import label_shifts, size_shifts
from tests.unit.screens.handmade import gallery_of
from vislex.screens.calibration import LinearModel
from vislex.screens.decision import LabelEvidence
from vislex.screens.evidence import Evidence

JUDGE = LinearModel((1.0,), 0.0, 0.0, (0.0,))
WORDS = Evidence(1, 0, 0, 0, 0, (), (), ())


def facts(label: int, logit: float) -> LabelEvidence:
    return LabelEvidence(label, np.array([logit]), WORDS)


def known(label: int, logit: float, images: int = 8, **few: float) -> Known:
    """A query that scores `logit`, and had the label n images, what `nN` says."""
    less = tuple((int(size[1:]), facts(label, value)) for size, value in few.items())
    return Known(label, images, facts(label, logit), None, less)


def test_a_size_costs_what_queries_lose_by_it() -> None:
    asked = [known(0, 5.0, n1=2.0, n2=4.0)] * 10
    assert size_shifts(asked, JUDGE) == pytest.approx({1: -3.0, 2: -1.0, 9: 0.0})


def test_fewer_images_never_ask_more() -> None:
    asked = [known(0, 5.0, n1=4.0, n2=3.0, n4=6.0)] * 10
    assert size_shifts(asked, JUDGE) == pytest.approx({1: -2.0, 2: -2.0, 4: 0.0, 9: 0.0})


def test_nothing_asked_costs_nothing() -> None:
    assert size_shifts([], JUDGE) == {1: 0.0}
    assert label_shifts(gallery_of({"a": [["借款"]]}), [], JUDGE) == {}


def test_a_label_moves_by_its_own_mean_as_far_as_its_images_bear() -> None:
    gallery = gallery_of({name: [["借款"]] * 9 for name in "ab"})
    asked = [known(0, 4.0)] * 20 + [known(1, 8.0)] * 20
    assert label_shifts(gallery, asked, JUDGE) == pytest.approx({"a": -1.0, "b": 1.0})


def test_a_label_never_asked_moves_by_its_size_alone() -> None:
    gallery = gallery_of({"a": [["借款"]] * 9, "b": [["还款"]], "c": [["额度"]] * 2})
    asked = [known(0, 5.0, n1=1.0, n2=3.0)] * 10
    assert label_shifts(gallery, asked, JUDGE) == pytest.approx({"b": -4.0, "c": -2.0})

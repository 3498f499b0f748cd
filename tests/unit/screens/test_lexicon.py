import numpy as np

from tests.unit.screens.handmade import text_of
from vislex.screens.lexicon import build_lexicon


def test_rows_and_labels_belong_together() -> None:
    texts = [text_of([text]).line_units for text in ("借款", "额度", "借款", "还款")]
    lexicon = build_lexicon(["b", "a", "b", "c"], texts)
    assert lexicon.labels == ("a", "b", "c")
    assert lexicon.label_of.tolist() == [1, 0, 1, 2]
    assert [rows.tolist() for rows in lexicon.rows_of] == [[1], [0, 2], [3]]
    assert [lexicon.counts_of(number).images for number in range(3)] == [1, 2, 1]
    assert lexicon.counts_of(1).terms == {"借款": 2}
    assert lexicon.vocabulary.label_count == 3


def test_one_label_of_one_image() -> None:
    lexicon = build_lexicon(["a"], [text_of(["借款"]).line_units])
    assert lexicon.labels == ("a",)
    assert [rows.tolist() for rows in lexicon.rows_of] == [[0]]
    np.testing.assert_array_equal(lexicon.label_of, [0])


def test_a_profile_is_made_once_and_can_be_had_otherwise() -> None:
    texts = [text_of(["借款记录"]).line_units, text_of(["额度"]).line_units]
    lexicon = build_lexicon(["a", "b"], texts)
    assert lexicon.profiles[0] is lexicon.profiles[0]
    other = lexicon.profiles.replaced(0, lexicon.counts_of(1))
    assert set(other[0].anchors) == {"额度"}
    assert set(lexicon.profiles[0].anchors) == {"借款", "款记", "记录"}
    assert other[1].anchors == lexicon.profiles[1].anchors

import math

from tests.unit.screens.handmade import text_of
from vislex.screens.lexicon import build_lexicon
from vislex.text.vocabulary import Vocabulary, label_counts


def test_label_words_count_images_and_lines() -> None:
    words = label_counts([text_of(["立即借款", "借款记录"]), text_of(["立即借款", "立即借款"])])
    assert words.images == 2
    assert words.terms == {"立即": 2, "即借": 2, "借款": 2, "款记": 1, "记录": 1}
    assert words.lines[tuple("立即借款")] == 2  # twice on one screen is one image
    assert words.repeats["借款"] == 4 / 2
    assert words.repeats["记录"] == 1


def test_rarity_counts_labels_not_images() -> None:
    texts = [text_of([*lines]).line_units for lines in (("借款",), ("借款", "额度"), ("借款",))]
    vocabulary = build_lexicon(["a", "a", "b"], texts).vocabulary
    assert vocabulary.weight("借款") == math.log(3 / 2.5)
    assert vocabulary.weight("额度") == math.log(3 / 1.5)
    assert vocabulary.weight("从未") == math.log(3 / 0.5)


def test_a_word_of_every_label_still_weighs_something() -> None:
    assert Vocabulary({"借款": 5000}, 5000).weight("借款") > 0

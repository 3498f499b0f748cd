from tests.unit.screens.handmade import text_of
from vislex.screens.anchors import Profile
from vislex.screens.lexicon import build_lexicon


def profile(*screens: list[str]) -> Profile:
    texts = [text_of(each).line_units for each in (*screens, ["借款额度"])]
    return build_lexicon(["a"] * len(screens) + ["b"], texts).profiles[0]


def test_anchors_are_terms_of_half_the_images() -> None:
    found = profile(["海棠", "还款"], ["海棠", "还款"], ["海棠"], ["海棠", "账单"])
    assert set(found.anchors) == {"海棠", "还款"}
    assert set(found.terms) == {"海棠", "还款", "账单"}
    assert found.anchors["海棠"] == 2 * found.anchors["还款"]  # in twice as many images
    assert found.anchor_sum == sum(found.anchors.values())
    assert found.anchor_max == found.anchors["海棠"]


def test_an_anchor_weighs_by_the_lines_it_stands_in_up_to_four() -> None:
    one = profile(["海棠"]).anchors["海棠"]
    lines = ["海棠一", "海棠二", "海棠三", "海棠四", "海棠五", "海棠六"]
    for count, weight in ((2, 2), (4, 4), (6, 4)):
        assert profile(lines[:count]).anchors["海棠"] == weight * one


def test_a_term_of_another_label_weighs_less() -> None:
    found = profile(["海棠", "借款"])
    assert 0 < found.anchors["借款"] < found.anchors["海棠"]


def test_a_line_of_one_image_out_of_several_is_data() -> None:
    found = profile(["海棠张三", "关于海棠"], ["海棠李四", "关于海棠"], ["海棠王五", "关于海棠"])
    assert ["".join(line.units) for line in found.anchor_lines] == ["关于海棠"]
    assert found.lines_of["海棠"] == (0,)
    assert found.stable == (tuple("关于海棠"),)


def test_the_lines_of_a_single_image_all_count() -> None:
    found = profile(["海棠张三", "关于海棠"])
    assert len(found.anchor_lines) == 2


def test_a_label_without_text_has_an_empty_profile() -> None:
    found = profile([], [])
    assert (found.anchors, found.anchor_sum, found.anchor_max) == ({}, 0, 0)
    assert (found.anchor_lines, found.stable) == ((), ())

import numpy as np
import pytest
from rapidfuzz import fuzz

from vislex.gallery.fusion import best_first, fuse, text_similarity


def test_text_similarity_is_rapidfuzz_over_lines() -> None:
    query, candidates = (
        "可用额度 12,000 立即借款",
        ["立即借款 可用额度 8,500", "个人信息 姓名", "可用额度"],
    )
    expected = [fuzz.token_set_ratio(query, one) / 100 for one in candidates]
    np.testing.assert_allclose(text_similarity(query, candidates), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("query", "candidates", "expected"), [("", ["a", ""], [0.0, 1.0]), ("a", ["", "a"], [0.0, 1.0])]
)
def test_no_text_is_like_no_text_alone(
    query: str, candidates: list[str], expected: list[float]
) -> None:
    assert text_similarity(query, candidates).tolist() == expected


def test_fuse_weighs_as_in_the_study() -> None:
    visual, text = np.array([0.9, 0.8], np.float32), np.array([0.1, 1.0], np.float32)
    np.testing.assert_allclose(fuse(visual, text, 0.6), [0.58, 0.88], rtol=1e-6)
    np.testing.assert_array_equal(fuse(visual, text, 1.0), visual)
    np.testing.assert_array_equal(fuse(visual, text, 0.0), text)


def test_equal_scores_keep_their_order() -> None:
    assert best_first(np.array([0.5, 0.9, 0.5, 0.9], np.float32)).tolist() == [1, 3, 0, 2]

import numpy as np
import pytest

from index_builder.calibrate import calibrate
from vislex.gallery import Item, build_index
from vislex.openset import Calibration, decide, threshold_of


def test_the_threshold_keeps_all_but_two_percent() -> None:
    scores = [i / 100 for i in range(100)]
    threshold = threshold_of(scores)
    assert sum(score >= threshold for score in scores) == 99  # the 2 % quantile, on the safe side


def test_no_scores_turn_nothing_away() -> None:
    assert threshold_of([]) == 0.0


@pytest.mark.parametrize(
    ("score", "read", "decision", "words"),
    [
        (0.80, True, "known", "fused score 0.800 reaches 0.800"),
        (0.79, True, "other", "fused score 0.790 is below 0.800"),
        (0.95, False, "known", "text not read; visual score 0.950 reaches 0.900"),
        (0.85, False, "other", "text not read; visual score 0.850 is below 0.900"),
    ],
)
def test_decide(score: float, read: bool, decision: str, words: str) -> None:
    calibration = Calibration(fused=0.8, visual=0.9)
    assert decide(score, read, calibration) == (decision, words)


def test_calibration_scores_each_image_against_the_others() -> None:
    # Two pairs at right angles; within a pair the cosine is 0.8 and the texts are the same.
    vectors = np.array([[1, 0, 0, 0], [0.8, 0.6, 0, 0], [0, 0, 1, 0], [0, 0, 0.8, 0.6]], np.float32)
    items = [Item(f"{i}", "ab"[i // 2], ("登录", "ab"[i // 2])) for i in range(4)]
    found = calibrate(build_index(vectors), items)
    assert found.visual == pytest.approx(0.8)
    assert found.fused == pytest.approx(0.6 * 0.8 + 0.4 * 1.0)


def test_one_image_alone_calibrates_to_nothing() -> None:
    index = build_index(np.eye(1, 4, dtype=np.float32))
    assert calibrate(index, [Item("0", "a", ())]) == Calibration(0.0, 0.0)

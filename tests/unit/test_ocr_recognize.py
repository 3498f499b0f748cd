from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from vislex.contract import CHARACTER, CHARACTER_SCORE, CROP_WIDTH, CROPS, ModelSpec, Tensors
from vislex.errors import ModelFailed
from vislex.ocr.recognize import MAX_CALL_PX, WIDTH_BUCKETS_PX, bucket_px, read_crops

CHARACTERS = "abcdefghi "
STEP_PX = 8  # a recogniser's time step


class ReadsPixels:
    """A recogniser whose best class in a time step is the pixel there; it notes its calls."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, model: ModelSpec, inputs: Tensors, /) -> Tensors:
        crops = inputs[CROPS.name]
        self.shapes.append(crops.shape)
        classes = crops[:, 0, STEP_PX // 2 :: STEP_PX, 0].astype(np.int32)
        inside = np.arange(classes.shape[1]) * STEP_PX < inputs[CROP_WIDTH.name]
        classes = np.where(inside, classes, 0).astype(np.int32)
        return {CHARACTER.name: classes, CHARACTER_SCORE.name: np.full(classes.shape, 0.75, "f4")}


def answering(classes: Sequence[Sequence[int]], scores: Sequence[Sequence[float]]) -> ReadsPixels:
    """A recogniser that answers this whatever the crops."""

    class Answers(ReadsPixels):
        def __call__(self, model: ModelSpec, inputs: Tensors, /) -> Tensors:
            return {
                CHARACTER.name: np.array(classes, np.int32),
                CHARACTER_SCORE.name: np.array(scores, np.float32),
            }

    return Answers()


def crop_of(classes: Sequence[int]) -> NDArray[np.uint8]:
    row = np.repeat(np.array(classes, np.uint8), STEP_PX)
    return np.ascontiguousarray(np.broadcast_to(row[None, :, None], (48, len(row), 3)))


def random_crops(count: int) -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(7)
    return [crop_of(rng.integers(0, 11, rng.integers(1, 90)).tolist()) for _ in range(count)]


@pytest.mark.parametrize(
    ("classes", "scores", "text", "score"),
    [
        ([0, 0, 0], [0.9, 0.9, 0.9], "", 0.0),
        ([1, 2, 3], [0.5, 0.75, 1.0], "abc", 0.75),
        ([1, 1, 2], [0.5, 0.9, 1.0], "ab", 0.75),  # of a run, the first step counts
        ([1, 0, 1], [0.5, 0.1, 1.0], "aa", 0.75),  # a blank makes two of it
        ([0, 1, 10], [0.1, 0.5, 1.0], "a ", 0.75),  # the last class is the space
    ],
)
def test_ctc_decodes_runs_and_blanks(
    classes: list[int], scores: list[float], text: str, score: float
) -> None:
    (found,) = read_crops([crop_of([1])], answering([classes], [scores]), CHARACTERS)
    assert found[0] == text
    assert found[1] == pytest.approx(score)


def test_pooled_crops_read_as_each_alone_and_keep_their_order() -> None:
    crops = random_crops(60)
    pooled = ReadsPixels()
    assert read_crops(crops, pooled, CHARACTERS) == [
        read_crops([crop], ReadsPixels(), CHARACTERS)[0] for crop in crops
    ]
    assert len(pooled.shapes) < len(crops) / 2


def test_calls_have_bucketed_widths_and_bounded_sizes() -> None:
    infer = ReadsPixels()
    read_crops(random_crops(60), infer, CHARACTERS)
    assert sum(shape[0] for shape in infer.shapes) == 60
    for count, height, width, channels in infer.shapes:
        assert (height, channels) == (48, 3)
        assert width == bucket_px(width)
        assert count == 1 or count * width <= MAX_CALL_PX


@pytest.mark.parametrize(
    ("width_px", "expected"),
    [(1, 320), (320, 320), (321, 480), (1280, 1280), (1281, 1920), (1921, 2560), (3200, 3200)],
)
def test_a_crop_is_padded_to_the_narrowest_bucket_that_holds_it(
    width_px: int, expected: int
) -> None:
    assert bucket_px(width_px) == expected
    assert list(WIDTH_BUCKETS_PX) == sorted(WIDTH_BUCKETS_PX)


def test_no_crops_need_no_call() -> None:
    infer = ReadsPixels()
    assert read_crops([], infer, CHARACTERS) == []
    assert infer.shapes == []


@pytest.mark.parametrize(
    ("classes", "scores", "words"),
    [
        ([[1], [1]], [[0.5], [0.5]], "for 1 crops"),
        ([[1, 2]], [[0.5]], r"\(1, 2\) characters and \(1, 1\) scores"),
        ([[11]], [[0.5]], "classes 11 to 11; expected 0 to 10"),
        ([[-1]], [[0.5]], "classes -1 to -1; expected 0 to 10"),
    ],
)
def test_an_unusable_answer_is_a_failed_model(
    classes: list[list[int]], scores: list[list[float]], words: str
) -> None:
    with pytest.raises(ModelFailed, match=words):
        read_crops([crop_of([1])], answering(classes, scores), CHARACTERS)

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vislex.contract.images import CHARACTER, CHARACTER_SCORE, CROP_WIDTH, CROPS
from vislex.contract.spec import ModelSpec, Tensors
from vislex.errors import ModelFailed
from vislex.ocr import MAX_BATCH_CANVASES
from vislex.ocr.recognize import (
    MAX_BATCH_CROPS,
    MAX_CALL_PX,
    WIDTHS_PX,
    bucket_px,
    read_crops,
)

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
        return {CHARACTER.name: classes, CHARACTER_SCORE.name: np.full(classes.shape, 0.95, "f4")}


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
    read_crops(random_crops(200), infer, CHARACTERS)
    assert sum(shape[0] for shape in infer.shapes) == 200
    for count, height, width, channels in infer.shapes:
        assert (height, channels) == (48, 3)
        assert width in WIDTHS_PX
        assert count <= MAX_BATCH_CROPS
        assert count == 1 or count * width <= MAX_CALL_PX


def test_the_served_models_take_the_largest_calls() -> None:
    repository = Path(__file__).parents[3] / "model_repository"
    for name, largest in {"ocr_rec": MAX_BATCH_CROPS, "ocr_det": MAX_BATCH_CANVASES}.items():
        config = (repository / name / "config.pbtxt").read_text(encoding="utf-8")
        assert f"max_batch_size: {largest}\n" in config


@pytest.mark.parametrize(
    ("width_px", "expected"),
    [
        (1, 320),
        (64, 320),
        (65, 128),
        (128, 128),
        (129, 192),
        (320, 320),
        (321, 384),
        (385, 512),
        (3200, 3200),
    ],
)
def test_a_crop_is_padded_to_the_next_step_and_the_narrowest_to_320(
    width_px: int, expected: int
) -> None:
    assert bucket_px(width_px) == expected


class DoubtsNarrow(ReadsPixels):
    """Unsure of the first time step of crops padded to less than 320 px, where it says 1."""

    def __call__(self, model: ModelSpec, inputs: Tensors, /) -> Tensors:
        answer = {name: value.copy() for name, value in super().__call__(model, inputs).items()}
        if inputs[CROPS.name].shape[2] < 320:
            first = answer[CHARACTER.name][:, 0]
            answer[CHARACTER_SCORE.name][first == 2, 0] = 0.4
            first[first == 2] = 1
        return answer


def test_unsure_narrow_crops_are_read_again_at_320_px() -> None:
    wide, narrow = [2, 5] * 20, [3, 4] * 8  # 320 and 128 px
    unsure, sliver = [2, 3] * 8, [2, 3]  # 128 and 16 px
    infer = DoubtsNarrow()
    found = read_crops([crop_of(c) for c in (unsure, wide, sliver, narrow)], infer, CHARACTERS)
    assert [text for text, _ in found] == ["bc" * 8, "be" * 20, "bc", "cd" * 8]
    assert sorted(infer.shapes) == [(1, 48, 320, 3), (2, 48, 128, 3), (2, 48, 320, 3)]


def test_what_a_crop_reads_as_does_not_depend_on_its_neighbours() -> None:
    crops = random_crops(80)
    found = read_crops(crops, DoubtsNarrow(), CHARACTERS)
    assert found == [read_crops([crop], DoubtsNarrow(), CHARACTERS)[0] for crop in crops]
    assert found == read_crops(crops[::-1], DoubtsNarrow(), CHARACTERS)[::-1]


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

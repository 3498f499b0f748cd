"""Models in this process: every runtime answers what ONNX Runtime does, and says what is wrong."""

import os
import signal
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.images import SAMPLES
from vislex.config import usable_cores
from vislex.contract.images import (
    CANVAS,
    CROP_WIDTH,
    CROPS,
    EMBEDDING,
    OCR_DET,
    OCR_REC,
    SIGLIP2,
    TEXT_MAP,
)
from vislex.contract.spec import ModelSpec, Tensors
from vislex.errors import ModelFailed, RepositoryError
from vislex.images.limits import DEFAULT_LIMITS
from vislex.images.patches import stack
from vislex.images.prepare import Prepared, prepare
from vislex.infer import Infer, infer_all, openvino
from vislex.infer.repository import open_infer
from vislex.ocr import read_text


@pytest.fixture(scope="module")
def infer_ov(openvino_repository: Path) -> Infer:
    return open_infer(openvino_repository)


@pytest.fixture(scope="module")
def prepared() -> list[Prepared]:
    images = [sorted((SAMPLES / "queries" / label).iterdir())[0] for label in ("other", "dxm_yqh")]
    return [prepare(image.read_bytes(), DEFAULT_LIMITS) for image in images]


def test_openvino_embeds_as_onnxruntime_does_one_image_at_a_time(
    infer: Infer, infer_ov: Infer, prepared: list[Prepared]
) -> None:
    """Its config allows one image a batch, so two are two runs."""
    batch = stack([one.patches for one in prepared])
    expected, found = (run(SIGLIP2, batch)[EMBEDDING.name] for run in (infer, infer_ov))
    assert found.shape == (2, 192)
    assert ((found * expected).sum(axis=1) > 0.9999).all()  # computed in bf16
    alone = infer_ov(SIGLIP2, stack([prepared[1].patches]))[EMBEDDING.name]
    np.testing.assert_array_equal(found[1], alone[0])


def test_openvino_reads_the_text_that_onnxruntime_reads(
    infer: Infer, infer_ov: Infer, prepared: list[Prepared], characters: tuple[str, ...]
) -> None:
    canvases = [one.canvas for one in prepared]
    expected, found = (read_text(canvases, run, characters) for run in (infer, infer_ov))
    assert [[line.text for line in lines] for lines in found] == [
        [line.text for line in lines] for lines in expected
    ]
    assert min(map(len, found)) > 5


def test_an_answer_is_not_written_over_by_the_next(infer_ov: Infer) -> None:
    black = {CANVAS.name: np.zeros((1, 64, 64, 3), np.uint8)}
    first = infer_ov(OCR_DET, black)[TEXT_MAP.name]
    before = first.copy()
    noise = np.random.default_rng(1).integers(0, 256, (1, 64, 64, 3)).astype(np.uint8)
    infer_ov(OCR_DET, {CANVAS.name: noise})
    np.testing.assert_array_equal(first, before)


@pytest.mark.parametrize(
    ("height", "width", "said"),
    [(47, {CROP_WIDTH.name: np.ones((1, 1), np.int32)}, ""), (48, {}, "CROP_WIDTH is missing")],
)
def test_inputs_a_model_cannot_take_are_its_failure(
    infer_ov: Infer, height: int, width: dict[str, NDArray[np.int32]], said: str
) -> None:
    with pytest.raises(ModelFailed, match=f"OpenVINO: {said}"):
        infer_ov(OCR_REC, {CROPS.name: np.zeros((1, height, 320, 3), np.uint8), **width})


def test_bf16_is_what_the_config_says() -> None:
    hint = "INFERENCE_PRECISION_HINT"
    assert openvino._options({"HINT_BF16": "YES"})[hint] == "bf16"
    assert openvino._options({})[hint] == "f32"


def test_an_instance_takes_its_streams_share_of_the_threads() -> None:
    parameters = {"NUM_STREAMS": "2", "INFERENCE_NUM_THREADS": "16"}
    assert openvino._options(parameters)["INFERENCE_NUM_THREADS"] == "8"
    assert openvino._options({"NUM_STREAMS": "4", "INFERENCE_NUM_THREADS": "2"})[
        "INFERENCE_NUM_THREADS"
    ] == "1"  # fmt: skip
    assert "INFERENCE_NUM_THREADS" not in openvino._options({"INFERENCE_NUM_THREADS": "0"})


def test_calls_at_once_have_their_threads_each() -> None:
    options = openvino._options({"INFERENCE_NUM_THREADS": "2"}, calls=4)
    assert (options["NUM_STREAMS"], options["INFERENCE_NUM_THREADS"]) == ("4", "8")


@pytest.mark.skipif(usable_cores() < 2, reason="one core runs one call at a time")
def test_batches_of_a_model_run_side_by_side_and_answer_in_order() -> None:
    together = Barrier(2, timeout=120)

    def infer(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        together.wait()
        return inputs

    batches = [{"X": np.full(1, number)} for number in range(4)]
    answers = list(infer_all(infer, OCR_REC, batches))
    assert [int(answer["X"][0]) for answer in answers] == [0, 1, 2, 3]


def test_a_forked_process_has_threads_of_its_own() -> None:
    batches = [{"X": np.full(1, number)} for number in range(3)]
    assert len(list(infer_all(lambda _, inputs: inputs, OCR_REC, batches))) == 3
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            list(infer_all(lambda _, inputs: inputs, OCR_REC, batches))
            os._exit(0)
        finally:
            os._exit(1)  # or it would go on as a second run of the tests
    assert os.waitpid(child, 0)[1] == 0


def test_a_batch_that_fails_among_others_is_their_callers_failure() -> None:
    def infer(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        if inputs["X"][0] == 1:
            raise ModelFailed(f"{model.name}: no")
        return inputs

    with pytest.raises(ModelFailed, match="ocr_rec: no"):
        list(infer_all(infer, OCR_REC, [{"X": np.full(1, number)} for number in range(3)]))


@pytest.mark.parametrize("damage", ["missing", "torn"])
def test_a_file_that_is_no_model_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "model.xml"
    if damage == "torn":
        path.write_text("<net")
    with pytest.raises(RepositoryError, match=f"model file {path} (is missing|cannot be loaded)"):
        openvino.open_model(path, {})


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ('backend: "tensorrt"', "only a server runs; in a process there are onnxruntime, openvino"),
        ('backend: "onnxruntime"', "model.onnx is missing"),
        ("backend: onnxruntime", "config.pbtxt cannot be read"),
        (None, "siglip2 holds no model; expected config.pbtxt and 1/model.onnx"),
    ],
)
def test_a_repository_that_cannot_be_opened_here(
    tmp_path: Path, config: str | None, said: str
) -> None:
    (tmp_path / "siglip2").mkdir()
    if config is not None:
        (tmp_path / "siglip2" / "config.pbtxt").write_text(config)
    with pytest.raises(RepositoryError, match=said):
        open_infer(tmp_path)(SIGLIP2, {spec.name: np.zeros((1, 2)) for spec in SIGLIP2.inputs})

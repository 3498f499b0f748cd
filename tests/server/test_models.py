"""Each model over gRPC on the real server answers what the core answers in this process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc as triton
from numpy.typing import NDArray

from tests.conftest import Served
from tests.images import SAMPLES
from vislex.contract.images import (
    CANVAS,
    CANVAS_SCALE,
    CHARACTER,
    CROP_WIDTH,
    CROPS,
    EMBEDDING,
    IMAGE,
    LINES,
    OCR,
    OCR_DET,
    OCR_REC,
    PREPARE,
    SIGLIP2,
    TEXT_MAP,
)
from vislex.contract.models import MODELS
from vislex.contract.screens import CLASSIFY, MATCH
from vislex.contract.spec import ModelSpec
from vislex.images.limits import DEFAULT_LIMITS
from vislex.images.patches import stack
from vislex.images.prepare import Prepared, embed, prepare
from vislex.infer import Infer
from vislex.ocr import read_text
from vislex.ocr.lines import decode_lines, encode_lines
from vislex.screens.classify import match
from vislex.screens.gallery import Gallery
from vislex.screens.options import Options

DTYPES = {"bytes": "BYTES", "float32": "FP32", "int32": "INT32", "uint8": "UINT8"}


def ask(
    served: Served, model: ModelSpec, inputs: Mapping[str, Any], **parameters: Any
) -> dict[str, NDArray[Any]]:
    """One request for all outputs of a model."""
    tensors = []
    for spec in model.inputs:
        value = np.asarray(inputs[spec.name])
        tensor = triton.InferInput(spec.name, value.shape, DTYPES[spec.dtype])
        tensor.set_data_from_numpy(value)
        tensors.append(tensor)
    with triton.InferenceServerClient(served.server.grpc_url) as client:
        answer = client.infer(model.name, tensors, parameters=parameters or None)
    return {spec.name: answer.as_numpy(spec.name) for spec in model.outputs}


@pytest.fixture(scope="module", params=["ayh_amount", "zsyh_setting"])
def image(request: pytest.FixtureRequest) -> Path:
    label: str = request.param
    return sorted((SAMPLES / "queries" / label).iterdir())[0]


@pytest.fixture(scope="module")
def prepared(image: Path) -> Prepared:
    return prepare(image.read_bytes(), DEFAULT_LIMITS)


def test_every_model_is_ready(served: Served) -> None:
    with triton.InferenceServerClient(served.server.grpc_url) as client:
        assert [name for name in MODELS if not client.is_model_ready(name)] == []


def test_prepare(served: Served, image: Path, prepared: Prepared) -> None:
    found = ask(served, PREPARE, {IMAGE.name: np.array([[image.read_bytes()]], object)})
    for name, expected in stack([prepared.patches]).items():
        np.testing.assert_array_equal(found[name], expected)
    np.testing.assert_array_equal(found[CANVAS.name][0], prepared.canvas.pixels)
    np.testing.assert_array_equal(found[CANVAS_SCALE.name][0], prepared.canvas.scale)


def test_siglip2(served: Served, prepared: Prepared, infer: Infer) -> None:
    found = ask(served, SIGLIP2, stack([prepared.patches]))[EMBEDDING.name]
    np.testing.assert_allclose(found, embed([prepared], infer), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_ocr_det(served: Served, prepared: Prepared, infer: Infer) -> None:
    inputs = {CANVAS.name: prepared.canvas.pixels[np.newaxis]}
    found = ask(served, OCR_DET, inputs)[TEXT_MAP.name]
    np.testing.assert_allclose(found, infer(OCR_DET, inputs)[TEXT_MAP.name], atol=1e-5)


def test_ocr_rec(served: Served, prepared: Prepared, infer: Infer) -> None:
    crops = np.ascontiguousarray(prepared.canvas.pixels[np.newaxis, 100:148, :320])
    inputs = {CROPS.name: crops, CROP_WIDTH.name: np.array([[320]], np.int32)}
    found = ask(served, OCR_REC, inputs)[CHARACTER.name]
    np.testing.assert_array_equal(found, infer(OCR_REC, inputs)[CHARACTER.name])


def test_ocr(served: Served, prepared: Prepared, infer: Infer, characters: tuple[str, ...]) -> None:
    canvas = prepared.canvas
    inputs = {
        CANVAS.name: canvas.pixels[np.newaxis],
        CANVAS_SCALE.name: canvas.scale[np.newaxis],
    }
    found = decode_lines(ask(served, OCR, inputs)[LINES.name][0, 0])
    expected = read_text([canvas], infer, characters)[0]
    assert [line.text for line in found] == [line.text for line in expected]
    assert len(found) > 5
    assert decode_lines(ask(served, OCR, inputs, read=False)[LINES.name][0, 0]) == ()


def test_match(
    served: Served,
    prepared: Prepared,
    gallery: Gallery,
    infer: Infer,
    characters: tuple[str, ...],
) -> None:
    embedding = embed([prepared], infer)
    lines = read_text([prepared.canvas], infer, characters)[0]
    inputs = {
        EMBEDDING.name: embedding,
        LINES.name: np.array([[encode_lines(lines)]], object),
    }
    found = ask(served, MATCH, inputs, alpha=0.25, top_k=3)
    options = Options(alpha=0.25, top_k=3)
    expected = match(embedding, [lines], [options], gallery)[0]
    assert found["LABEL"][0, 0].decode() == expected.label
    assert found["DECISION"][0, 0].decode() == expected.decision
    assert found["REASON"][0, 0].decode() == expected.reason
    assert found["GALLERY_VERSION"][0, 0].decode() == gallery.version
    ids = [one.decode() for one in found["CANDIDATE_IDS"][0]]
    assert ids == [c.id for c in expected.candidates]
    for name in ("visual", "text", "fused"):
        np.testing.assert_allclose(
            found[f"CANDIDATE_{name.upper()}"][0],
            [getattr(c, name) for c in expected.candidates],
            atol=1e-6,
        )


def test_one_request_is_one_image(served: Served, image: Path) -> None:
    two = np.array([[image.read_bytes()]] * 2, object)
    with pytest.raises(Exception, match="batch-size must be <= 1"):
        ask(served, CLASSIFY, {IMAGE.name: two})

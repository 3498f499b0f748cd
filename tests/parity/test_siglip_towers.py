"""Text towers and towers of fixed resolution equal transformers' own, checkpoint to ONNX."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from transformers import AutoTokenizer, SiglipImageProcessor

from export.encoders.checkpoint import TowerName, open_checkpoint
from export.encoders.load import load_tower
from export.encoders.siglip2 import export_siglip2
from export.encoders.verify import TEXTS, embed_with_source, image_inputs
from export.formats.runtime import open_export
from export.images import patterns
from export.manifest import Precision, read_manifest
from tests.siglip_models import random_batch, save_whole

FAMILIES = {"Siglip2": {"num_patches": 49}, "Siglip": {"image_size": 96, "patch_size": 16}}


@pytest.fixture(scope="module", params=FAMILIES)
def checkpoint(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Any]:
    """A checkpoint of both towers, and the model that it was saved from."""
    folder = tmp_path_factory.mktemp(request.param.lower())
    return folder, save_whole(folder, request.param, **FAMILIES[request.param])


def normalised(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(values / np.linalg.norm(values, axis=-1, keepdims=True), np.float32)


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_text_equals_transformers(checkpoint: tuple[Path, Any], tmp_path: Path, batch: int) -> None:
    """From text: the checkpoint's tokenizer, padded to the trained length, the whole model."""
    folder, whole = checkpoint
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    tokens = tokenizer(
        list(TEXTS[:batch]), padding="max_length", max_length=16, truncation=True,
        return_tensors="pt",
    )["input_ids"]  # fmt: skip
    features = whole.get_text_features(input_ids=tokens)
    expected = getattr(features, "pooler_output", features).detach().numpy()
    manifest = export_siglip2(folder, tmp_path / "text", tower="text")
    found = open_export(tmp_path / "text", "onnx", "fp32")({"input_ids": tokens.numpy()})
    np.testing.assert_allclose(found, normalised(expected), atol=2e-6)
    assert manifest.cosine_min is not None
    assert manifest.cosine_min > 0.99999


@pytest.mark.parametrize("tower", ["vision", "text"])
@pytest.mark.parametrize(("precision", "least"), [("fp16", 0.9999), ("int8", 0.99)])
def test_other_precisions_stay_close(
    checkpoint: tuple[Path, Any],
    tmp_path: Path,
    tower: TowerName,
    precision: Precision,
    least: float,
) -> None:
    manifest = export_siglip2(checkpoint[0], tmp_path / "out", precision, tower=tower)
    assert manifest.cosine_min is not None
    assert least <= manifest.cosine_min <= 1.0 + 1e-9


def test_an_exported_text_tower_brings_its_tokenizer(
    checkpoint: tuple[Path, Any], tmp_path: Path
) -> None:
    export_siglip2(checkpoint[0], tmp_path / "text", tower="text")
    copied: Any = AutoTokenizer.from_pretrained(tmp_path / "text")
    original: Any = AutoTokenizer.from_pretrained(checkpoint[0])
    assert copied("借款, 2024")["input_ids"] == original("借款, 2024")["input_ids"]
    assert "tokenizer.json" in read_manifest(tmp_path / "text").files


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_a_tower_of_fixed_resolution_equals_transformers(tmp_path: Path, batch: int) -> None:
    whole = save_whole(tmp_path, "Siglip", **FAMILIES["Siglip"])
    size = {"height": 96, "width": 96}
    processor: Any = SiglipImageProcessor(size=size)
    images = list(patterns()[:batch])
    pixels = processor(images=images, return_tensors="pt")["pixel_values"]
    features = whole.get_image_features(pixel_values=pixels)
    expected = getattr(features, "pooler_output", features).detach().numpy()
    manifest = export_siglip2(tmp_path, tmp_path / "onnx")
    found = open_export(tmp_path / "onnx", "onnx", "fp32")({"pixel_values": pixels.numpy()})
    np.testing.assert_allclose(found, normalised(expected), atol=2e-6)
    assert manifest.model == "siglip"  # not `siglip2`: it takes other inputs than the served model
    prepared = image_inputs(open_checkpoint(tmp_path), images)
    np.testing.assert_array_equal(prepared[0]["pixel_values"], pixels[:1].numpy())


def test_the_vision_tower_of_a_whole_checkpoint_is_the_same(tmp_path: Path) -> None:
    whole = save_whole(tmp_path, "Siglip2", **FAMILIES["Siglip2"])
    batch = random_batch([(9, 7), (3, 5)], 64)
    loaded = load_tower(open_checkpoint(tmp_path), "vision")
    expected = embed_with_source(whole.vision_model, {
        "attention_mask" if name == "pixel_attention_mask" else name: value
        for name, value in batch.items()
    })  # fmt: skip
    np.testing.assert_allclose(embed_with_source(loaded, batch), expected, atol=1e-6)

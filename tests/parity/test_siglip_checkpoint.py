"""Checkpoints: what is read as it was meant, and what is refused with a reason."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from export.encoders.checkpoint import open_checkpoint
from export.encoders.load import load_tower
from export.encoders.verify import embed_with_source
from tests.siglip_models import naflex_vision, random_batch, save_whole
from vislex.errors import RepositoryError

GOLDEN = Path(__file__).parent / "golden" / "transformers5"
Weights = dict[str, Tensor]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    naflex_vision().save_pretrained(tmp_path)
    return tmp_path


def change_weights(checkpoint: Path, change: Callable[[Weights], Weights]) -> None:
    path = checkpoint / "model.safetensors"
    save_file(change(load_file(path)), path, metadata={"format": "pt"})


def change_config(checkpoint: Path, **changes: object) -> None:
    path = checkpoint / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def load(checkpoint: Path) -> object:
    return load_tower(open_checkpoint(checkpoint), "vision")


@pytest.mark.parametrize("name", ["whole", "vision"])
def test_vision_towers_that_transformers_5_saved_are_read(name: str) -> None:
    """The expected values were computed by transformers 5.23 itself."""
    expected = np.load(GOLDEN / "expected.npz")["whole_vision" if name == "whole" else name]
    batch = random_batch([(5, 7), (6, 4)], 64)
    found = embed_with_source(load(GOLDEN / name), batch)
    lengths = np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected / lengths, atol=2e-6)


def test_a_text_tower_that_transformers_5_saved_is_read() -> None:
    expected = np.load(GOLDEN / "expected.npz")["whole_text"]
    ids = np.arange(16).reshape(2, 8)
    tower = load_tower(open_checkpoint(GOLDEN / "whole"), "text")
    lengths = np.linalg.norm(expected, axis=1, keepdims=True)
    found = embed_with_source(tower, {"input_ids": ids})
    np.testing.assert_allclose(found, expected / lengths, atol=2e-6)


def test_shards_are_read_as_one(tmp_path: Path) -> None:
    model = naflex_vision()
    model.save_pretrained(tmp_path, max_shard_size="100KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    batch = random_batch([(5, 7)], 64)
    np.testing.assert_allclose(
        embed_with_source(load(tmp_path), batch), embed_with_source(model, batch), atol=1e-6
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_weights_are_widened(checkpoint: Path, dtype: torch.dtype) -> None:
    change_weights(checkpoint, lambda weights: {n: w.to(dtype) for n, w in weights.items()})
    expected = naflex_vision().to(dtype).float()
    batch = random_batch([(5, 7)], 64)
    np.testing.assert_allclose(
        embed_with_source(load(checkpoint), batch), embed_with_source(expected, batch), atol=1e-6
    )


def without(name: str) -> Callable[[Weights], Weights]:
    return lambda weights: {n: w for n, w in weights.items() if not n.endswith(name)}


def extra(weights: Weights) -> Weights:
    return {**weights, "vision_model.encoder.layers.3.mlp.fc1.bias": torch.zeros(80)}


def stranger(weights: Weights) -> Weights:
    return {**weights, "classifier.weight": torch.zeros(2)}


def reshaped(weights: Weights) -> Weights:
    return {n: w[:-1].clone() if n.endswith("probe") else w for n, w in weights.items()} | {
        n: torch.zeros(7, 48) for n in weights if n.endswith("position_embedding.weight")
    }


def integers(weights: Weights) -> Weights:
    return {n: w.to(torch.int8) if n.endswith("fc2.weight") else w for n, w in weights.items()}


def not_a_number(weights: Weights) -> Weights:
    return {n: w * float("nan") if n.endswith("fc2.bias") else w for n, w in weights.items()}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without("layers.1.mlp.fc1.bias"), "1 weights are missing: encoder.layers.1.mlp.fc1.bias"),
        (without("weight"), r"\d\d weights are missing: .*, \.\.\."),
        (extra, "1 weights are unknown: encoder.layers.3.mlp.fc1.bias"),
        (stranger, "unknown weights: classifier.weight"),
        (reshaped, r"position_embedding.weight has shape \(7, 48\), expected \(256, 48\)"),
        (integers, "is int8; expected one of float32, float16, bfloat16"),
        (not_a_number, "fc2.bias .* not finite"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_are_refused(
    checkpoint: Path, change: Callable[[Weights], Weights], said: str
) -> None:
    change_weights(checkpoint, change)
    with pytest.raises(RepositoryError, match=said):
        load(checkpoint)


@pytest.mark.parametrize("kept", [0, 4, 500, 60_000])
def test_a_torn_file_is_refused(checkpoint: Path, kept: int) -> None:
    path = checkpoint / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RepositoryError, match=rf"model.safetensors \({kept} bytes\) is torn"):
        load(checkpoint)


def test_a_missing_shard_is_refused(tmp_path: Path) -> None:
    naflex_vision().save_pretrained(tmp_path, max_shard_size="100KB")
    next(tmp_path.glob("*-00002-*")).unlink()
    with pytest.raises(RepositoryError, match=r"00002.* is missing"):
        load(tmp_path)


def test_another_architecture_gets_a_list_of_what_is_supported(checkpoint: Path) -> None:
    change_config(checkpoint, model_type="clip")
    with pytest.raises(RepositoryError, match=r"'clip' model; supported are siglip, .*siglip2"):
        open_checkpoint(checkpoint)


def test_a_model_without_a_pooling_head_is_refused(checkpoint: Path) -> None:
    change_config(checkpoint, vision_use_head=False)
    with pytest.raises(RepositoryError, match=r"no pooling head"):
        load(checkpoint)


def test_a_tower_that_is_not_there_is_refused(checkpoint: Path) -> None:
    with pytest.raises(RepositoryError, match=r"has no text tower; it is a siglip2_vision_model"):
        load_tower(open_checkpoint(checkpoint), "text")


@pytest.mark.parametrize("text", ["", "[1]", "{", '"siglip2"'])
def test_a_broken_config_is_refused(checkpoint: Path, text: str) -> None:
    (checkpoint / "config.json").write_text(text)
    with pytest.raises(RepositoryError, match=r"config"):
        open_checkpoint(checkpoint)


def test_a_folder_without_weights_is_refused(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").unlink()
    with pytest.raises(RepositoryError, match=r"has no weights; expected one of model.safetensors"):
        open_checkpoint(checkpoint)


def test_the_digest_follows_the_files_and_not_the_folder(tmp_path: Path) -> None:
    save_whole(tmp_path / "one", "Siglip2")
    save_whole(tmp_path / "two", "Siglip2")
    first = open_checkpoint(tmp_path / "one").sha256
    assert open_checkpoint(tmp_path / "two").sha256 == first
    change_config(tmp_path / "two", trained=False)
    changed = open_checkpoint(tmp_path / "two")
    assert changed.sha256 != first
    assert not changed.trained

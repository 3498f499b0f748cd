"""The exported NaFlex tower equals transformers' own, for any grid, batch and number of patches.

Grids with one column are left out: PyTorch's antialiased interpolation to width 1 is itself
wrong on the CPU (2.13), and it is the reference here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from export.encoders import transformer
from export.encoders.checkpoint import open_checkpoint
from export.encoders.load import load_tower
from export.encoders.naflex import embed, position_weights
from export.encoders.siglip2 import export_siglip2
from export.encoders.verify import embed_with_source, image_inputs, measure_cosine
from export.formats.runtime import Embed, open_export
from export.images import patterns
from export.manifest import read_manifest, sha256_of
from tests.siglip_models import naflex_vision, random_batch
from vislex.contract.images import SIGLIP2
from vislex.infer.probe import PROBE_FILE, TOLERANCE

ENCODER = Path(__file__).parents[2] / "samples" / "encoder"

# (rows, columns) per image, patches. The tables are 16 x 16 and 7 x 7, so both ways of scaling.
BATCHES = [
    ([(8, 8)], 64),
    ([(1, 64)], 64),
    ([(16, 16)], 256),
    ([(23, 11), (11, 23)], 256),
    ([(2, 2), (128, 2), (2, 128), (5, 3)], 256),
    ([(3, 30), (17, 15), (15, 17), (85, 3), (1, 2), (9, 28), (16, 16), (20, 12)], 256),
    ([(24, 24), (1, 576)], 576),
    ([(32, 32), (512, 2), (40, 25)], 1024),
]


@dataclass(frozen=True)
class Exported:
    """A model of transformers, and its checkpoint's fp32 export opened."""

    model: Any
    checkpoint: Path
    embed: Embed


@pytest.fixture(scope="module", params=[256, 49], ids=["table16", "table7"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("encoder")
    model = naflex_vision(request.param, request.param)
    model.save_pretrained(folder)
    export_siglip2(folder, folder / "onnx")
    return Exported(model, folder, open_export(folder / "onnx", "onnx", "fp32"))


@pytest.mark.parametrize(("grids", "patches"), BATCHES)
def test_embeddings_equal_those_of_transformers(
    exported: Exported, grids: list[tuple[int, int]], patches: int
) -> None:
    batch = random_batch(grids, patches)
    expected = embed_with_source(exported.model, batch)
    np.testing.assert_allclose(exported.embed(batch), expected, atol=2e-6)


def test_padding_changes_nothing(exported: Exported) -> None:
    """What stands beyond the mask, and how much of it, is not seen."""
    short, long = random_batch([(5, 9)], 64), random_batch([(5, 9)], 200)
    padded = np.full((1, 200, 768), 9.0, np.float32)
    padded[:, :45] = short["pixel_values"][:, :45]
    found = exported.embed({**long, "pixel_values": padded})
    np.testing.assert_allclose(found, exported.embed(short), atol=2e-6)


@pytest.mark.parametrize("side", [7, 16])
def test_position_weights_equal_an_antialiased_resize(side: int) -> None:
    """Stage by stage: against `torch.nn.functional.interpolate` over grids of every proportion."""
    table = torch.randn(1, 5, side, side, generator=torch.Generator().manual_seed(1))
    for rows in (1, 2, 3, 7, 15, 16, 17, 23, 40, 64):
        for columns in (2, 3, 5, 11, 16, 31, 64):
            size = (rows, columns)
            expected = torch.nn.functional.interpolate(
                table, size=size, mode="bilinear", antialias=True, align_corners=False
            )[0].flatten(1)
            weights = position_weights(torch.tensor([size]), rows * columns, side)
            found = (weights[0] @ table[0].flatten(1).T).T
            torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_the_tower_before_export_equals_transformers() -> None:
    """Stage by stage: the written-out tower in PyTorch, before any exporter touches it."""
    model = naflex_vision(3)
    tower = getattr(model, "vision_model", model)
    batch = random_batch([(23, 11), (4, 5)], 256)
    with torch.no_grad():
        found = embed(
            tower,
            transformer.probe_query(tower.head),
            *(torch.from_numpy(batch[tensor.name]) for tensor in SIGLIP2.inputs),
        )
    np.testing.assert_allclose(found.numpy(), embed_with_source(model, batch), atol=1e-6)


def test_the_manifest_says_what_was_written(exported: Exported) -> None:
    manifest = read_manifest(exported.checkpoint / "onnx")
    assert manifest.model == SIGLIP2.name
    assert manifest.sha256 == sha256_of(exported.checkpoint / "onnx" / "model.onnx")
    probe = sha256_of(exported.checkpoint / "onnx" / PROBE_FILE)
    assert manifest.files == {"model.onnx": manifest.sha256, PROBE_FILE: probe}
    assert manifest.source_sha256 == open_checkpoint(exported.checkpoint).sha256
    assert (manifest.precision, manifest.format, manifest.opset) == ("fp32", "onnx", 20)
    assert manifest.dim == 48
    assert manifest.cosine_min is not None
    assert manifest.cosine_min > 0.99999


def test_the_bundled_encoder_is_what_its_manifest_says() -> None:
    manifest = read_manifest(ENCODER / "onnx")
    source = open_checkpoint(ENCODER)
    assert manifest.source_sha256 == source.sha256
    assert manifest.sha256 == sha256_of(ENCODER / "onnx" / "model.onnx")
    cosines = measure_cosine(
        load_tower(source, "vision"),
        open_export(ENCODER / "onnx", manifest.format, manifest.precision),
        image_inputs(source, patterns()),
    )
    assert cosines.min() >= TOLERANCE[manifest.precision]

"""The contrastive loss against its formula written as loops, and the tower it teaches."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from export.encoders.small import Size
from training.encoder.loss import contrast, two_level
from training.encoder.network import draw_tower, embed
from vislex.images.patches import prepare_patches

TEMPERATURE = 0.1
SCREEN = [0, 0, 1, 1, 2, 3, 3, 3]
APP = [0, 0, 0, 0, 1, 2, 2, 2]


def unit(rng: np.random.Generator, rows: int) -> NDArray[np.float64]:
    vectors = rng.normal(size=(rows, 5))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def by_hand(vectors: NDArray[np.float64], labels: list[int], left_out: list[int]) -> float:
    """Khosla et al. 2020, equation 2: positives share `labels`, and whatever shares `left_out`
    with the anchor is neither positive nor negative (for the first level: the anchor alone)."""
    means = []
    for i, anchor in enumerate(vectors):
        others = [j for j in range(len(vectors)) if left_out[j] != left_out[i]]
        total = sum(math.exp(anchor @ vectors[j] / TEMPERATURE) for j in others)
        logs = [
            math.log(math.exp(anchor @ vectors[j] / TEMPERATURE) / total)
            for j in others
            if labels[j] == labels[i]
        ]
        if logs:
            means.append(-sum(logs) / len(logs))
    return sum(means) / len(means)


def test_two_levels_are_the_formula_twice() -> None:
    vectors = unit(np.random.default_rng(8), len(SCREEN))
    found = two_level(
        torch.from_numpy(vectors), torch.tensor(SCREEN), torch.tensor(APP), TEMPERATURE, 0.3
    )
    alone = list(range(len(SCREEN)))
    expected = by_hand(vectors, SCREEN, alone) + 0.3 * by_hand(vectors, APP, SCREEN)
    assert float(found) == pytest.approx(expected, rel=1e-9)


def test_no_positive_anywhere_is_no_loss() -> None:
    logits = torch.ones(3, 3, requires_grad=True)
    none = torch.zeros(3, 3, dtype=torch.bool)
    assert contrast(logits, none, ~none).item() == 0.0


def test_the_taught_forward_pass_is_transformers_own() -> None:
    """Given every patch, it answers what `Siglip2VisionModel` does, and order does not matter."""
    model = draw_tower(Size(hidden=96, layers=2, heads=3, mlp=192), seed=1).eval()
    image = np.random.default_rng(4).integers(0, 256, (300, 140, 3), dtype=np.uint8)
    patches = prepare_patches(image)
    count = int(patches.pixel_attention_mask.sum())
    pixels = torch.from_numpy(patches.pixel_values)[None]
    grid = torch.from_numpy(patches.spatial_shapes).long()[None]
    with torch.no_grad():
        mask = torch.from_numpy(patches.pixel_attention_mask)[None]
        pooled = model(pixels, mask, grid).pooler_output
        order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
        found = embed(model, pixels[:, order], order[None], grid)
    expected = torch.nn.functional.normalize(pooled, dim=-1)
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-4)


def test_the_same_seed_draws_the_same_tower() -> None:
    size = Size(hidden=96, layers=1, heads=3, mlp=96)
    one, other = draw_tower(size, 3).state_dict(), draw_tower(size, 3).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)

"""SigLIP2's NaFlex vision tower in a form that exports with any batch and any number of patches.

As transformers publishes it, the tower does not: it resizes the position table image by image
with an antialiased interpolation that ONNX has no operation for, and pools with a module whose
trace fixes the number of patches. Both are written out here, with the same numbers.
"""

from typing import Any

import torch
from torch import Tensor

from export.encoders import transformer


def position_weights(spatial_shapes: Tensor, patches: int, side: int) -> Tensor:
    """How much of each position of a `side` x `side` table each patch takes.

    (b, 2) rows and columns -> (b, patches, side * side) float32, each row summing to 1. It is
    `torch.nn.functional.interpolate(mode="bilinear", antialias=True, align_corners=False)` as a
    matrix: the filter is separable, a triangle per axis, widened where the table is scaled down.
    Patches beyond rows * columns get the weights of patch 0, as in transformers.
    """
    rows, columns = spatial_shapes.to(torch.float32)[:, None].unbind(-1)  # (b, 1) each
    patch = torch.arange(patches, dtype=torch.float32)[None]  # (1, patches)
    patch = torch.where(patch < rows * columns, patch, torch.zeros_like(patch))
    row = ((patch + 0.5) / columns).floor()
    column = patch - row * columns
    down = _triangle(row, side / rows, side)
    across = _triangle(column, side / columns, side)
    return (down[..., :, None] * across[..., None, :]).flatten(2)


def _triangle(index: Tensor, scale: Tensor, side: int) -> Tensor:
    """Weights of the table's `side` taps for the output at `index`: (b, n) -> (b, n, side).

    `scale` is table positions per output, (b, 1). The triangle is centred where the output's
    centre falls and is `scale` wide to each side, but never narrower than one tap.
    """
    centre = ((index + 0.5) * scale)[..., None]
    taps = torch.arange(side, dtype=torch.float32) + 0.5
    weights = (1.0 - (taps - centre).abs() / scale.clamp(min=1.0)[..., None]).clamp(min=0.0)
    return weights / weights.sum(dim=-1, keepdim=True)


def embed(
    tower: Any, query: Tensor, pixel_values: Tensor, mask: Tensor, spatial_shapes: Tensor
) -> Tensor:  # (b, n, 768), (b, n), (b, 2) -> (b, d)
    """The L2-normalised pooled output of `tower`; `query` is its `transformer.probe_query`."""
    embeddings = tower.embeddings
    table = transformer.cast(embeddings.position_embedding.weight, torch.float32)
    side = embeddings.position_embedding_size
    weights = position_weights(spatial_shapes, pixel_values.shape[1], side)
    hidden = transformer.project(embeddings.patch_embedding, pixel_values) + weights @ table
    unseen = transformer.additive_mask(mask)
    hidden = tower.post_layernorm(transformer.encode(tower.encoder.layers, hidden, unseen))
    return transformer.normalise(transformer.pool(tower.head, query, hidden, unseen))

"""The tower that is taught: its size, where its weights start, its pass over kept patches."""

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from export.encoders import load
from export.encoders.checkpoint import open_checkpoint
from export.encoders.naflex import position_weights
from export.encoders.small import Size, new_model
from vislex.images.patches import PATCH_PX


def draw_tower(size: Size, seed: int) -> Any:
    """A `Siglip2VisionModel` that starts out as a sensible filter bank rather than as noise.

    Patches start as the lowest spatial frequencies of three colour axes, positions as sines, and
    attention as "mimetic initialisation" has it (Trockman and Kolter 2023): queries like keys,
    outputs against values. A small transformer that sees little data needs such help.
    """
    torch.manual_seed(seed)
    model = new_model(size)
    tower = getattr(model, "vision_model", model)
    with torch.no_grad():
        tower.embeddings.patch_embedding.weight.copy_(_frequencies(size.hidden))
        tower.embeddings.patch_embedding.bias.zero_()
        side = math.isqrt(size.positions)
        tower.embeddings.position_embedding.weight.copy_(_sines(side, size.hidden))
        for layer in tower.encoder.layers:
            _mimic(layer.self_attn)
            for linear in (layer.mlp.fc1, layer.mlp.fc2):
                torch.nn.init.trunc_normal_(linear.weight, std=linear.in_features**-0.5 * 0.7)
                linear.bias.zero_()
    return model


def load_tower(folder: Path) -> Any:
    """The tower of a checkpoint on disk, float32, ready to be taught further.

    Raises RepositoryError where there is none, or its weights are not those its config describes.
    """
    return load.load_tower(open_checkpoint(folder), "vision").train().requires_grad_(True)


def scale_patches(model: Any, pixels: Tensor) -> None:
    """Makes every channel of the patch embedding of unit variance over `pixels`, (n, 768)."""
    embedding = getattr(model, "vision_model", model).embeddings.patch_embedding
    with torch.no_grad():
        answers = embedding(pixels)
        embedding.weight.div_(answers.std(dim=0, keepdim=True).T + 1e-3)
        embedding.bias.copy_(-embedding(pixels).mean(dim=0))


def embed(model: Any, pixels: Tensor, index: Tensor, grid: Tensor) -> Tensor:
    """(b, k, 768) in -1..1, (b, k) patch numbers, (b, 2) rows and columns -> (b, d), length 1.

    As `export.encoders.naflex.embed`, over the patches given and no others.
    """
    pooled = pool(model, pixels, index, grid).float()
    normalised: Tensor = torch.nn.functional.normalize(pooled, dim=-1)
    return normalised


def centre(model: Any, pooled: Tensor) -> None:
    """Moves the tower's answers by the mean of `pooled`, (n, d), so that cosines spread around 0.

    The contrastive loss leaves all answers in one narrow cone, since only differences count in it.
    """
    head = getattr(model, "vision_model", model).head
    with torch.no_grad():
        head.mlp.fc2.bias.sub_(pooled.mean(dim=0))


def pool(model: Any, pixels: Tensor, index: Tensor, grid: Tensor) -> Tensor:
    """As `embed`, not yet normalised."""
    tower = getattr(model, "vision_model", model)
    table = tower.embeddings.position_embedding.weight
    with torch.no_grad():
        every = position_weights(grid, int(grid.prod(dim=1).max()), math.isqrt(len(table)))
        weights = every.gather(1, index[..., None].expand(-1, -1, len(table)))
    hidden = tower.embeddings.patch_embedding(pixels) + weights @ table
    for layer in tower.encoder.layers:
        hidden = layer(hidden, None)
    pooled: Tensor = tower.head(tower.post_layernorm(hidden))
    return pooled


def _frequencies(channels: int) -> Tensor:
    """(channels, 768): cosine waves over a patch, lowest first, in lightness and two colours."""
    axes = torch.tensor([[1.0, 1.0, 1.0], [1.0, -1.0, 0.0], [0.5, 0.5, -1.0]])
    axes = axes / axes.norm(dim=1, keepdim=True)
    steps = (torch.arange(PATCH_PX) + 0.5) * math.pi / PATCH_PX
    waves = torch.stack([(steps * k).cos() for k in range(PATCH_PX)])
    waves = waves / waves.norm(dim=1, keepdim=True)
    pairs = sorted(
        ((a * a + b * b) * (1 if axis == 0 else 3), a, b, axis)  # colour is seen more coarsely
        for a in range(PATCH_PX) for b in range(PATCH_PX) for axis in range(3)
    )  # fmt: skip
    rows = [
        torch.einsum("y,x,c->yxc", waves[a], waves[b], axes[axis]).reshape(-1)
        for _, a, b, axis in pairs[:channels]
    ]
    return torch.stack(rows)


def _sines(side: int, channels: int) -> Tensor:
    """(side * side, channels): sines and cosines of row and column."""
    quarter = channels // 4
    rate = 1.0 / 100 ** (torch.arange(quarter) / quarter)
    angle = torch.arange(side)[:, None] * rate[None]
    line = torch.cat([angle.sin(), angle.cos()], dim=1)  # (side, channels / 2)
    rows, columns = line[:, None].expand(-1, side, -1), line[None].expand(side, -1, -1)
    return torch.cat([rows, columns], dim=-1).reshape(side * side, channels) * 0.5


def _mimic(attention: Any) -> None:
    width = attention.embed_dim
    query = torch.nn.init.orthogonal_(torch.empty(width, width))
    value = torch.nn.init.orthogonal_(torch.empty(width, width))
    attention.q_proj.weight.copy_(query * 0.8 + 0.4 * _noise(width))
    attention.k_proj.weight.copy_(query * 0.8 + 0.4 * _noise(width))
    attention.v_proj.weight.copy_(value * 0.6 + 0.4 * _noise(width))
    attention.out_proj.weight.copy_(-value.T * 0.4 + 0.3 * _noise(width))
    for linear in (attention.q_proj, attention.k_proj, attention.v_proj, attention.out_proj):
        linear.bias.zero_()


def _noise(width: int) -> Tensor:
    return torch.randn(width, width) / math.sqrt(width)

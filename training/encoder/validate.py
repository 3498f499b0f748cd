"""How well the encoder tells generated screens apart that it was never taught on."""

import io
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from training.encoder import network
from training.encoder.data import Shots
from vislex.images.patches import prepare_patches


def validate(model: Any, shots: Shots) -> dict[str, float]:
    """Shares, each of shots whose nearest other shot is right:

    `screen`: nearest of all is of the same screen; `look_alike`: the same, among its family alone;
    `app`: with shots of its own screen left out, nearest is of the same app (where it has others).
    """
    vectors = embed_shots(model, shots)
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -2.0)
    family = np.where(shots.family[:, None] == shots.family, similarity, -2.0)
    own = shots.screen[:, None] == shots.screen
    elsewhere = np.where(own, -2.0, similarity)
    has_other = ((shots.app[:, None] == shots.app) & ~own).any(axis=1)
    right = shots.app[elsewhere.argmax(axis=1)] == shots.app
    shares = {
        "screen": _share(shots.screen[similarity.argmax(axis=1)] == shots.screen),
        "look_alike": _share(shots.screen[family.argmax(axis=1)] == shots.screen),
    }
    return shares | {"app": _share(right[has_other])} if has_other.any() else shares


def embed_shots(model: Any, shots: Shots) -> NDArray[np.float32]:
    """(n, d): every shot whole, prepared as the server prepares it."""
    device = next(model.parameters()).device
    rows = []
    model.eval()
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
        for shot in range(len(shots)):
            image = np.asarray(Image.open(io.BytesIO(shots.jpeg(shot))).convert("RGB"))
            patches = prepare_patches(image)
            count = int(patches.pixel_attention_mask.sum())
            pixels = torch.from_numpy(patches.pixel_values[None, :count]).to(device)
            grid = torch.from_numpy(patches.spatial_shapes[None].astype(np.int64)).to(device)
            index = torch.arange(count, device=device)[None]
            rows.append(network.embed(model, pixels, index, grid).float().cpu().numpy())
    model.train()
    return np.asarray(np.concatenate(rows), np.float32)


def _share(right: NDArray[np.bool_]) -> float:
    return round(float(right.mean()), 4)

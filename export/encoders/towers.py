"""What each tower takes and answers, and its forward in a form that exports.

Every tower answers EMBEDDING, (b, d) float32, L2-normalised. They differ in what they take:

    NaFlex vision      pixel_values (b, n, 768), pixel_attention_mask (b, n), spatial_shapes (b, 2)
    fixed vision       pixel_values (b, 3, side, side)
    text               input_ids (b, length), padded to the length the tower was trained with
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from export.encoders import naflex, transformer
from vislex.contract.images import EMBEDDING, SIGLIP2
from vislex.contract.spec import Tensors
from vislex.images.patches import prepare_patches, stack

Forward = Callable[..., dict[str, Tensor]]


@dataclass(frozen=True)
class Interface:
    """A tower's inputs: which axes stay free, by name, and a small example to trace with."""

    model: str  # the name its manifest carries; `siglip2` is the served encoder
    axes: Mapping[str, Mapping[int, str]]  # input -> {axis: name}
    example: Tensors


def interface_of(config: Any) -> Interface:
    """The interface of a tower by its transformers config, or of a whole NaFlex checkpoint."""
    if _kind(config) == "naflex":
        names = [tensor.name for tensor in SIGLIP2.inputs]
        free = [{0: "batch", 1: "patches"}, {0: "batch", 1: "patches"}, {0: "batch"}]
        example = stack([prepare_patches(np.zeros((80, 48, 3), np.uint8), 64)] * 2)
        return Interface(SIGLIP2.name, dict(zip(names, free, strict=True)), example)
    if _kind(config) == "vision":
        pixels = np.zeros((2, config.num_channels, config.image_size, config.image_size))
        return Interface(
            "siglip", {"pixel_values": {0: "batch"}}, {"pixel_values": pixels.astype(np.float32)}
        )
    ids = np.ones((2, config.max_position_embeddings), np.int64)
    name = f"{config.model_type.split('_')[0]}_text"
    return Interface(name, {"input_ids": {0: "batch"}}, {"input_ids": ids})


def forward_of(model: Any) -> Forward:
    """`model`'s forward, written out so that it traces; constants are computed here, once."""
    kind = _kind(model.config)
    if kind == "naflex":
        return _naflex(getattr(model, "vision_model", model))
    if kind == "vision":
        return _fixed(getattr(model, "vision_model", model))
    return _text(getattr(model, "text_model", model))


def _kind(config: Any) -> Literal["naflex", "vision", "text"]:
    if config.model_type in {"siglip2", "siglip2_vision_model"}:
        return "naflex"
    return "vision" if config.model_type == "siglip_vision_model" else "text"


def _naflex(tower: Any) -> Forward:
    query = transformer.probe_query(tower.head)

    def forward(
        pixel_values: Tensor, pixel_attention_mask: Tensor, spatial_shapes: Tensor
    ) -> dict[str, Tensor]:
        embedding = naflex.embed(tower, query, pixel_values, pixel_attention_mask, spatial_shapes)
        return {EMBEDDING.name: embedding}

    return forward


def _fixed(tower: Any) -> Forward:
    query = transformer.probe_query(tower.head)
    embeddings = tower.embeddings

    def forward(pixel_values: Tensor) -> dict[str, Tensor]:
        patches = transformer.project(embeddings.patch_embedding, pixel_values)
        hidden = patches.flatten(2).transpose(1, 2)
        hidden = hidden + transformer.cast(embeddings.position_embedding.weight, torch.float32)
        hidden = tower.post_layernorm(transformer.encode(tower.encoder.layers, hidden, None))
        pooled = transformer.pool(tower.head, query, hidden, None)
        return {EMBEDDING.name: transformer.normalise(pooled)}

    return forward


def _text(tower: Any) -> Forward:
    embeddings = tower.embeddings

    def forward(input_ids: Tensor) -> dict[str, Tensor]:
        tokens = transformer.cast(embeddings.token_embedding(input_ids), torch.float32)
        hidden = tokens + transformer.cast(embeddings.position_embedding.weight, torch.float32)
        hidden = tower.final_layer_norm(transformer.encode(tower.encoder.layers, hidden, None))
        # the last token, which is padding in most texts: so the model was trained
        pooled = transformer.project(tower.head, hidden[:, -1])
        return {EMBEDDING.name: transformer.normalise(pooled)}

    return forward

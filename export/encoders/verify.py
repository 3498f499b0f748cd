"""How far an exported tower is from its source: cosines over the same prepared inputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from export.encoders.checkpoint import Checkpoint
from export.formats.runtime import Embed
from vislex.contract.spec import Tensors
from vislex.images.patches import prepare_patches, stack

TEXTS = (
    "a loan app showing the amount one can borrow", "a chat list with unread messages",
    "settings page", "the weather tomorrow", "a music player, dark", "log in with your phone",
    "借款额度页面", "个人信息", "还款计划", "天气预报", "聊天记录", "设置", "🙂", "",
    "2024-11-03 ¥12,800.00", "a very long caption " * 30,
)  # fmt: skip


def image_inputs(checkpoint: Checkpoint, images: Sequence[NDArray[np.uint8]]) -> list[Tensors]:
    """One batch of one per image, prepared as the checkpoint's vision tower takes it."""
    if checkpoint.naflex:
        return [stack([prepare_patches(image)]) for image in images]
    from transformers import SiglipImageProcessor

    side = checkpoint.config.get("vision_config", checkpoint.config).get("image_size", 224)
    processor: Any = SiglipImageProcessor(size={"height": side, "width": side})
    if (checkpoint.path / "preprocessor_config.json").is_file():
        processor = SiglipImageProcessor.from_pretrained(checkpoint.path)
    prepared = [
        processor(images=image, input_data_format="channels_last", return_tensors="np")
        for image in images
    ]
    return [{"pixel_values": p["pixel_values"].astype(np.float32)} for p in prepared]


def measure_cosine(source: Any, embed: Embed, inputs: Sequence[Tensors]) -> NDArray[np.float64]:
    """Cosine per input, (n,), between transformers' `source` and the exported model."""
    pairs = [(embed_with_source(source, tensors)[0], embed(tensors)[0]) for tensors in inputs]
    expected, actual = (np.array(side, np.float64) for side in zip(*pairs, strict=True))
    lengths = np.linalg.norm(expected, axis=1) * np.linalg.norm(actual, axis=1)
    cosines: NDArray[np.float64] = (expected * actual).sum(axis=1) / lengths
    return cosines


def embed_with_source(source: Any, inputs: Tensors) -> NDArray[np.float32]:
    """transformers' own pooled output, L2-normalised: (b, d)."""
    with torch.no_grad():
        pooled = source(**{name: torch.from_numpy(value) for name, value in inputs.items()})
    embedding = torch.nn.functional.normalize(pooled.pooler_output.float(), dim=-1).numpy()
    return np.asarray(embedding, np.float32)

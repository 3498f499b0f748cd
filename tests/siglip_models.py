"""Small random SigLIP checkpoints, saved as transformers saves them, for the parity tests."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

from vislex.contract.spec import Tensors

torch.set_num_threads(1)  # these models are small; more threads only wait for each other

VISION = {
    "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4,
}  # fmt: skip
TEXT = {**VISION, "vocab_size": 99, "max_position_embeddings": 16, "projection_size": 48}
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,.-¥🙂借款额度页面个人信息还计划天气预报聊记录设置"


def random_model(name: str, seed: int, **settings: Any) -> Any:
    """`transformers.<name>Model` with every weight, bias and norm drawn: none goes untested."""
    config = getattr(transformers, f"{name}Config")(**settings)
    model: Any = getattr(transformers, f"{name}Model")(config)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, weight in sorted(model.named_parameters()):
            std = weight[0].numel() ** -0.5 if weight.ndim > 1 else 0.5
            weight.normal_(float("norm" in key and "weight" in key), std, generator=generator)
    return model.eval()


def naflex_vision(seed: int = 1, positions: int = 256) -> Any:
    return random_model("Siglip2Vision", seed, num_patches=positions, **VISION)


def save_whole(folder: Path, family: str, seed: int = 3, **vision: Any) -> Any:
    """A checkpoint of both towers with a tokenizer; answers the model."""
    settings = {"vision_config": {**VISION, **vision}, "text_config": TEXT}
    model = random_model(family, seed, **settings)
    model.save_pretrained(folder)
    save_tokenizer(folder)
    return model


def save_tokenizer(folder: Path) -> None:
    """One token a letter; `<pad>` is 0, as in the published checkpoints."""
    vocabulary = {"<pad>": 0, "<unk>": 1, **{letter: i for i, letter in enumerate(LETTERS, 2)}}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    fast: Any = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)


def random_batch(grids: list[tuple[int, int]], patches: int) -> Tensors:
    """NaFlex inputs: noise in the real patches of each grid (rows, columns), 0 beyond."""
    rng = np.random.default_rng(len(grids) + patches)
    mask = np.zeros((len(grids), patches), np.int32)
    for row, (rows, columns) in zip(mask, grids, strict=True):
        row[: rows * columns] = 1
    pixels = rng.uniform(-1, 1, (len(grids), patches, 768)).astype(np.float32)
    return {
        "pixel_values": pixels * mask[..., None].astype(np.float32),
        "pixel_attention_mask": mask,
        "spatial_shapes": np.array(grids, np.int32),
    }

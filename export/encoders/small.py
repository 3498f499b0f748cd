"""Makes towers of SigLIP2's architecture in any size, and saves them as checkpoints."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vislex.contract.images import MAX_NUM_PATCHES
from vislex.images.patches import PATCH_PX


@dataclass(frozen=True)
class Size:
    """The chosen sizes; the rest of the architecture is SigLIP2's."""

    hidden: int = 192
    layers: int = 6
    heads: int = 3
    mlp: int = 768
    positions: int = 256  # a square table, 16 x 16


def new_model(size: Size) -> Any:
    """A `Siglip2VisionModel` of that size, with the weights torch draws for it."""
    from transformers import Siglip2VisionConfig, Siglip2VisionModel

    config = Siglip2VisionConfig(
        hidden_size=size.hidden,
        intermediate_size=size.mlp,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_patches=size.positions,
        patch_size=PATCH_PX,
    )
    return Siglip2VisionModel(config)


def save_checkpoint(model: Any, out: Path, *, trained: bool, name: str) -> None:
    """Writes `config.json`, `model.safetensors` and `preprocessor_config.json` to `out`.

    In the model's own precision; the config says its name and whether it was trained.
    """
    model.save_pretrained(out)
    (out / "model.safetensors").chmod(0o644)  # transformers writes it for its owner alone
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    told = {**config, "trained": trained, "_name_or_path": name}
    (out / "config.json").write_text(json.dumps(told, indent=2, sort_keys=True) + "\n")
    processor = {
        "image_processor_type": "Siglip2ImageProcessor",
        "patch_size": PATCH_PX,
        "max_num_patches": MAX_NUM_PATCHES,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (out / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")

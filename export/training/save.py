"""A checkpoint in Hugging Face format, half precision, with its processor beside it."""

import copy
import json
from pathlib import Path
from typing import Any

from vislex.contract import MAX_NUM_PATCHES
from vislex.siglip import PATCH_PX


def save_checkpoint(model: Any, out: Path) -> None:
    """Writes `config.json`, `model.safetensors` and `preprocessor_config.json` to `out`."""
    copy.deepcopy(model).half().save_pretrained(out)
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    told = {**config, "trained": True, "_name_or_path": "vislex bundled encoder"}
    (out / "config.json").write_text(json.dumps(told, indent=2, sort_keys=True) + "\n")
    processor = {
        "image_processor_type": "Siglip2ImageProcessor",
        "patch_size": PATCH_PX,
        "max_num_patches": MAX_NUM_PATCHES,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (out / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")

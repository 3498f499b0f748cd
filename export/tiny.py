"""`python -m export tiny`: a small encoder of SigLIP2's architecture, so that a clone runs at once.

The weights are drawn, not learnt: such an encoder is a hash of colour and layout. It is written
in Hugging Face format beside its ONNX, as a trained one would be.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from export.manifest import ModelManifest
from export.siglip2 import export_siglip2
from vislex.contract import MAX_NUM_PATCHES
from vislex.siglip import PATCH_PX


@dataclass(frozen=True)
class Size:
    """What of the architecture is chosen; the rest is SigLIP2's."""

    hidden: int = 192
    layers: int = 6
    heads: int = 3
    mlp: int = 768
    positions: int = 256  # a square table, 16 x 16


def write_tiny(out: Path, seed: int) -> ModelManifest:
    """Writes a checkpoint to `out` and its ONNX to `out/onnx`; the same seed, the same weights."""
    draw_checkpoint(out, seed, Size())
    return export_siglip2(out, out / "onnx")


def draw_checkpoint(out: Path, seed: int, size: Size) -> None:
    """Writes a checkpoint in Hugging Face format whose config says it is not trained."""
    model = draw_model(seed, size)
    model.half().save_pretrained(out)  # half the bytes in the repository; loaded as float32
    (out / "model.safetensors").chmod(0o644)  # transformers writes it for its owner alone
    _amend(out / "config.json", trained=False, _name_or_path=f"drawn, seed {seed}")
    processor = {
        "image_processor_type": "Siglip2ImageProcessor",
        "patch_size": PATCH_PX,
        "max_num_patches": MAX_NUM_PATCHES,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (out / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")


def draw_model(seed: int, size: Size) -> Any:
    """A `Siglip2VisionModel` whose matrices are drawn with variance 1 / fan-in.

    That keeps every activation near unit size through all layers, so that different screens stay
    apart (on 133 store screenshots of 14 apps, cosines of different apps: mean 0.2, 5th to 95th
    percentile -0.6 to 0.99; nearest neighbour of the same app: 0.80). Narrower or smoother draws
    measured no better.
    """
    from transformers import Siglip2VisionConfig, Siglip2VisionModel

    config = Siglip2VisionConfig(
        hidden_size=size.hidden, intermediate_size=size.mlp, num_hidden_layers=size.layers,
        num_attention_heads=size.heads, num_patches=size.positions, patch_size=PATCH_PX,
    )  # fmt: skip
    model: Any = Siglip2VisionModel(config)
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            if name.endswith("bias"):
                weight.zero_()
            elif "norm" in name:
                weight.fill_(1.0)
            elif "position" in name or "probe" in name:
                weight.normal_(generator=generator)
            else:
                weight.normal_(0.0, weight.shape[1] ** -0.5, generator=generator)
    return model


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("tiny", help="write the small bundled encoder")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=7)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    manifest = write_tiny(args.out, args.seed)
    written = args.out / "onnx" / "model.onnx"
    print(f"{written}: {manifest.precision}, cosine {manifest.cosine_min:.6f}")


def _amend(path: Path, **changes: object) -> None:
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**config, **changes}, indent=2, sort_keys=True) + "\n")

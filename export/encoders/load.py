"""A checkpoint's towers in memory, as transformers' own models.

They are built and filled here, strictly, instead of by `from_pretrained`: that warns and goes on
where weights are missing or left over, and transformers 4.57 does not find the weights of a
vision-only checkpoint that transformers 5 wrote.
"""

from typing import Any

import torch
import transformers
from torch import Tensor

from export.encoders.checkpoint import Checkpoint, TowerName, tower_config
from export.encoders.weights import read_weights
from vislex.errors import RepositoryError

_WITHOUT_TOWER = {"logit_scale", "logit_bias"}  # for training; no embedding depends on them
_NAMED = 5  # weights an error names before it only counts


def load_tower(checkpoint: Checkpoint, tower: TowerName) -> Any:
    """transformers' own `Siglip[2]VisionModel` or `...TextModel`, float32, CPU, evaluating.

    Raises RepositoryError where the checkpoint has no such tower, or its weights are not exactly
    those the config describes.
    """
    config = tower_config(checkpoint, tower)
    with torch.device("meta"):  # no memory and no random numbers for weights that are replaced
        model: Any = getattr(transformers, f"{checkpoint.family}{tower.title()}Model")(config)
    part = getattr(model, f"{tower}_model", model)  # transformers 5 has no wrapper around it
    weights = _of_tower(checkpoint, tower, read_weights(checkpoint.path))
    _require_exact(checkpoint, part.state_dict(), weights)
    part.load_state_dict({name: value.float() for name, value in weights.items()}, assign=True)
    for module in model.modules():
        if hasattr(module, "position_ids"):  # counted, not learnt: no checkpoint has them
            length = module.position_ids.shape[-1]
            module.position_ids = torch.arange(length).expand(1, -1)
    return model.eval().requires_grad_(False)


def _of_tower(
    checkpoint: Checkpoint, tower: TowerName, weights: dict[str, Tensor]
) -> dict[str, Tensor]:
    """The tower's own weights, by names within it; `vision_model.` in front or not."""
    prefixes = ("vision_model.", "text_model.")
    if not any(name.startswith(prefixes) for name in weights):
        return weights
    strangers = {name for name in weights if not name.startswith(prefixes)} - _WITHOUT_TOWER
    if strangers:
        raise RepositoryError(f"{checkpoint.path} has unknown weights: {_few(strangers)}")
    own = f"{tower}_model."
    return {name.removeprefix(own): w for name, w in weights.items() if name.startswith(own)}


def _require_exact(
    checkpoint: Checkpoint, expected: dict[str, Tensor], weights: dict[str, Tensor]
) -> None:
    named = {name for name in weights if not name.endswith("position_ids")}
    differences = []
    if missing := set(expected) - named:
        differences.append(f"{len(missing)} weights are missing: {_few(missing)}")
    if extra := named - set(expected):
        differences.append(f"{len(extra)} weights are unknown: {_few(extra)}")
    differences += [
        f"{name} has shape {tuple(weights[name].shape)}, expected {tuple(expected[name].shape)}"
        for name in sorted(named & set(expected))
        if weights[name].shape != expected[name].shape
    ][:_NAMED]
    if differences:
        raise RepositoryError(
            f"{checkpoint.path} does not fit its own config.json: {'; '.join(differences)}"
        )


def _few(names: set[str]) -> str:
    shown = ", ".join(sorted(names)[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown}, ..."

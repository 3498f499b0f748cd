"""The weights of a checkpoint: one safetensors file, or the shards its index lists."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from vislex.errors import RepositoryError

_ONE, _INDEX = "model.safetensors", "model.safetensors.index.json"
WEIGHTS = (_ONE, _INDEX)
_DTYPES = (torch.float32, torch.float16, torch.bfloat16)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Every weight by its name in the files, memory-mapped, in the dtype it has there.

    Raises RepositoryError where a file is missing or torn, or a weight is of another dtype or
    not finite.
    """
    weights: dict[str, Tensor] = {}
    for file in _files(path):
        weights |= _read(file)
    for name, weight in weights.items():
        if weight.dtype not in _DTYPES:
            raise RepositoryError(
                f"weight {name} of {path} is {_plain(weight.dtype)}; expected one of"
                f" {', '.join(map(_plain, _DTYPES))}"
            )
        if not torch.isfinite(weight).all():
            raise RepositoryError(f"weight {name} of {path} holds values that are not finite")
    return weights


def _files(path: Path) -> list[Path]:
    if (path / _ONE).is_file():
        return [path / _ONE]
    try:
        index = json.loads((path / _INDEX).read_text(encoding="utf-8"))
        return [path / name for name in sorted(set(index["weight_map"].values()))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RepositoryError(f"{path / _INDEX} cannot be read as an index: {error!r}") from error


def _read(file: Path) -> dict[str, Tensor]:
    try:
        with safe_open(file, framework="pt") as tensors:
            return {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118, not a dict
    except FileNotFoundError:
        raise RepositoryError(f"{file} is missing; the index of the checkpoint lists it") from None
    except (SafetensorError, OSError) as error:
        size = file.stat().st_size
        raise RepositoryError(f"{file} ({size} bytes) is torn or damaged: {error}") from error


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")

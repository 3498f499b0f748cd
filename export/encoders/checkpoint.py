"""A local checkpoint in Hugging Face format: what it is, which towers it has, its digest."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import transformers

from export.encoders.weights import WEIGHTS
from export.manifest import sha256_of
from vislex.errors import RepositoryError

TowerName = Literal["vision", "text"]

# model_type of config.json -> (prefix of transformers' class names, towers it holds)
_TYPES: dict[str, tuple[str, tuple[TowerName, ...]]] = {
    "siglip2": ("Siglip2", ("vision", "text")),
    "siglip2_vision_model": ("Siglip2", ("vision",)),
    "siglip2_text_model": ("Siglip2", ("text",)),
    "siglip": ("Siglip", ("vision", "text")),
    "siglip_vision_model": ("Siglip", ("vision",)),
    "siglip_text_model": ("Siglip", ("text",)),
}


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint's folder, its parsed config.json, and the digest of all its files."""

    path: Path
    source: str  # in words: a hub id and revision, or the name its config gives
    config: dict[str, Any]
    sha256: str

    @property
    def family(self) -> str:
        """`Siglip2`: NaFlex, any aspect ratio. `Siglip`: one fixed, square resolution."""
        return _TYPES[self.config["model_type"]][0]

    @property
    def naflex(self) -> bool:
        return self.family == "Siglip2"

    @property
    def towers(self) -> tuple[TowerName, ...]:
        return _TYPES[self.config["model_type"]][1]

    @property
    def trained(self) -> bool:
        """Whether its weights were learnt; a config may say `"trained": false`."""
        return bool(self.config.get("trained", True))


def open_checkpoint(path: Path, source: str | None = None) -> Checkpoint:
    """Reads what the folder says of itself.

    Raises RepositoryError where it is no checkpoint, or one of another architecture.
    """
    config = _read_config(path / "config.json")
    kind = config.get("model_type")
    if kind not in _TYPES:
        raise RepositoryError(
            f"{path} is a {kind!r} model; supported are {', '.join(sorted(_TYPES))}"
            " (SigLIP 2 NaFlex, and SigLIP or SigLIP 2 of fixed resolution)"
        )
    if not any((path / name).is_file() for name in WEIGHTS):
        raise RepositoryError(f"{path} has no weights; expected one of {', '.join(WEIGHTS)}")
    named = source or str(config.get("_name_or_path") or path.resolve().name)
    return Checkpoint(path, named, config, _digest(path))


def require_tower(checkpoint: Checkpoint, tower: TowerName) -> None:
    """Raises RepositoryError where the checkpoint has no such tower."""
    if tower not in checkpoint.towers:
        kind = checkpoint.config["model_type"]
        raise RepositoryError(f"{checkpoint.path} has no {tower} tower; it is a {kind}")


def tower_config(checkpoint: Checkpoint, tower: TowerName) -> Any:
    """The tower's config with transformers' defaults filled in.

    Raises RepositoryError where the checkpoint has no such tower, or one without an embedding.
    """
    require_tower(checkpoint, tower)
    both = len(checkpoint.towers) == 2
    name = f"{checkpoint.family}{'' if both else tower.title()}Config"
    config = getattr(transformers, name).from_dict(checkpoint.config)
    config = getattr(config, f"{tower}_config") if both else config
    if tower == "vision" and not getattr(config, "vision_use_head", True):
        raise RepositoryError(f"{checkpoint.path} has no pooling head, so it gives no embedding")
    return config


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RepositoryError(f"{path} cannot be read as a model's config: {error}") from error
    if not isinstance(config, dict):
        raise RepositoryError(f"{path} is not a model's config; expected a JSON object")
    return config


def _digest(path: Path) -> str:
    """SHA-256 over the names and digests of the folder's own JSON and safetensors files."""
    files = sorted(p for p in path.iterdir() if p.suffix in {".json", ".safetensors"})
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name} {sha256_of(file)}\n".encode())
    return whole.hexdigest()

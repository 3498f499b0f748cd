"""How an exported model was made: one `manifest.json` beside the model's version directories."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

from vislex.errors import RepositoryError

MANIFEST_NAME = "manifest.json"

Precision = Literal["fp32", "fp16", "bf16", "int8"]
Format = Literal["onnx", "openvino", "tensorrt"]


@dataclass(frozen=True)
class ModelManifest:
    """What a model file is and where it came from.

    `source` names the checkpoint in words (a package and version, or a hub id and revision),
    `source_sha256` is its digest, `sha256` that of the model file itself.
    """

    model: str
    source: str
    source_sha256: str
    sha256: str
    opset: int
    precision: Precision
    trained: bool = True  # False: the weights are random, good for running and not for results
    dim: int | None = None  # width of the embedding, where the model answers one
    max_num_patches: int | None = None  # NaFlex patches per image it is served with
    tools: Mapping[str, str] = field(default_factory=dict)  # package -> version that wrote it
    format: Format = "onnx"
    files: Mapping[str, str] = field(default_factory=dict)  # every file written -> its SHA-256
    calibration: str | None = None  # where the ranges of quantized activations come from
    cosine_min: float | None = None  # against the source; see `vislex-export check`
    cosine_mean: float | None = None
    checked_on: str | None = None  # the images or texts those cosines were measured on
    forced: bool | None = None  # true: known to be too far from its source, and taken all the same
    ms_per_item: float | None = None  # one image or text, alone, where it was checked


def write_manifest(manifest: ModelManifest, model_dir: Path) -> Path:
    """Writes `model_dir/manifest.json` and answers its path."""
    path = model_dir / MANIFEST_NAME
    told = {key: value for key, value in asdict(manifest).items() if value not in (None, {})}
    path.write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return path


def read_manifest(model_dir: Path) -> ModelManifest:
    """Reads `model_dir/manifest.json`; raises RepositoryError when it is missing or incomplete."""
    path = model_dir / MANIFEST_NAME
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RepositoryError(f"{path} cannot be read as a model manifest: {error}") from error
    known = {f.name for f in fields(ModelManifest)}
    needed = {f.name for f in fields(ModelManifest) if f.default is f.default_factory is MISSING}
    if not isinstance(values, dict) or not needed <= set(values) <= known:
        raise RepositoryError(
            f"{path} is not a model manifest; expected the keys {sorted(needed)}"
            f" and of {sorted(known - needed)} those that apply"
        )
    return ModelManifest(**values)


def sha256_of(path: Path) -> str:
    """The hex digest of a file's content; raises RepositoryError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RepositoryError(f"{path} cannot be read: {error}") from error

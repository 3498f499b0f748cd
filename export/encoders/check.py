"""One exported tower against the checkpoint it was made from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from export.encoders.checkpoint import Checkpoint, TowerName
from export.encoders.load import load_tower
from export.encoders.verify import measure_cosine
from export.formats.runtime import Embed, open_export
from export.manifest import ModelManifest, read_manifest, write_manifest
from vislex.contract.spec import Tensors
from vislex.errors import RepositoryError
from vislex.infer.probe import TOLERANCE


@dataclass(frozen=True)
class Row:
    """One line of the table: a model, what was measured, and whether that is close enough."""

    model: str
    variant: str
    measured: str
    wanted: str
    ms_per_item: float
    passed: bool


def check_tower(
    folder: Path, checkpoint: Checkpoint, inputs: Sequence[Tensors], said: str, least: float | None
) -> Row:
    """Compares one exported tower and writes what it found into its manifest.

    Raises RepositoryError where `checkpoint` is not the one it was exported from.
    """
    manifest = read_manifest(folder)
    if manifest.source_sha256 != checkpoint.sha256:
        raise RepositoryError(
            f"{folder} was exported from a checkpoint with digest {manifest.source_sha256[:12]};"
            f" {checkpoint.path} has {checkpoint.sha256[:12]}"
        )
    embed = open_export(_files(folder), manifest.format, manifest.precision)
    cosine = measure_cosine(load_tower(checkpoint, tower_of(manifest)), embed, inputs)
    manifest = replace(
        manifest,
        cosine_min=float(cosine.min()),
        cosine_mean=float(cosine.mean()),
        checked_on=said,
        ms_per_item=round(float(np.median(times_ms(embed, inputs))), 1),
    )
    write_manifest(manifest, folder)
    wanted = TOLERANCE[manifest.precision] if least is None else least
    return Row(
        manifest.model,
        f"{manifest.format} {manifest.precision}",
        f"cosine {cosine.mean():.6f}, least {cosine.min():.6f}",
        f">= {wanted}",
        manifest.ms_per_item or 0.0,
        bool(cosine.min() >= wanted),
    )


def times_ms(embed: Embed, inputs: Sequence[Tensors]) -> list[float]:
    """Milliseconds of each input alone, after one that warms up."""
    embed(inputs[0])
    taken = []
    for tensors in inputs:
        started = perf_counter()
        embed(tensors)
        taken.append(1000 * (perf_counter() - started))
    return taken


def _files(folder: Path) -> Path:
    """Where the model file lies: in a repository, in its version folder."""
    return folder / "1" if (folder / "1").is_dir() else folder


def tower_of(manifest: ModelManifest) -> TowerName:
    """Which tower an export is, by the name in its manifest."""
    return "text" if manifest.model.endswith("_text") else "vision"

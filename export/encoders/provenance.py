"""The manifest of an export: written before, completed after, compared on the next run."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from export.encoders.checkpoint import Checkpoint, tower_config
from export.encoders.optimum_siglip2 import OPSET
from export.encoders.towers import interface_of
from export.encoders.write import Target
from export.formats.runtime import MODEL_FILES
from export.manifest import MANIFEST_NAME, ModelManifest, read_manifest, sha256_of
from vislex.contract.images import MAX_NUM_PATCHES, SIGLIP2
from vislex.infer.probe import PROBE_FILE

_TOOLS = ("torch", "transformers", "optimum-onnx", "onnx", "onnxruntime")
_MEASURED = ("sha256", "files", "cosine_min", "cosine_mean", "checked_on", "ms_per_item", "forced")


def plan_manifest(source: Checkpoint, target: Target) -> ModelManifest:
    """All that is known before anything is written; digests and cosines come after."""
    config = tower_config(source, target.tower)
    vision = target.tower == "vision"
    tools = (*_TOOLS, "openvino") if target.format == "openvino" else _TOOLS
    dynamic = "none: activations are measured at run time; pairs of weights fit 16-bit sums"
    return ModelManifest(
        model=interface_of(config).model,
        source=source.source,
        source_sha256=source.sha256,
        sha256="",
        opset=OPSET,
        precision=target.precision,
        format=target.format,
        trained=source.trained,
        dim=config.hidden_size if vision else config.projection_size,
        max_num_patches=MAX_NUM_PATCHES if vision and source.naflex else None,
        tools={name: version(name) for name in tools},
        calibration=dynamic if target.precision == "int8" else None,
    )


def with_files(manifest: ModelManifest, folder: Path) -> ModelManifest:
    """The manifest with the digest of every file in `folder`."""
    files = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
    return replace(manifest, files=files, sha256=files[MODEL_FILES[manifest.format]])


def up_to_date(out: Path, planned: ModelManifest) -> ModelManifest | None:
    """The manifest at `out` where it says what is `planned` and its files are as it says."""
    if not (out / MANIFEST_NAME).is_file():
        return None
    manifest = read_manifest(out)
    measured = {name: getattr(manifest, name) for name in _MEASURED}
    if not manifest.files or manifest != replace(planned, **measured):
        return None
    if manifest.model == SIGLIP2.name and PROBE_FILE not in manifest.files:
        return None  # written before encoders carried one
    whole = all(
        (out / name).is_file() and sha256_of(out / name) == digest
        for name, digest in manifest.files.items()
    )
    return manifest if whole else None

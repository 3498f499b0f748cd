"""The exported encoder that a repository is given: which there are, and whether it fits."""

from pathlib import Path

from export.formats.runtime import MODEL_FILES
from export.manifest import ModelManifest, read_manifest, sha256_of
from export.repository.deployment import FORMATS, Platform
from vislex.contract.images import SIGLIP2
from vislex.errors import RepositoryError

BUNDLED = Path(__file__).parents[2] / "samples" / "encoder" / "onnx"


def read_encoder(encoder: Path, platform: Platform) -> ModelManifest:
    """The manifest of an exported encoder that `platform` can serve, its files checked against it.

    The bundled one is ONNX and fits every platform, as it is small enough to be converted on the
    way. Raises RepositoryError for another model, a damaged file, or another platform's format,
    with the command that makes the right one.
    """
    manifest = read_manifest(encoder)
    if manifest.model != SIGLIP2.name:
        raise RepositoryError(
            f"{encoder} is {manifest.model} in {manifest.format}; expected {SIGLIP2.name}"
        )
    wanted = FORMATS[platform]
    if manifest.format != wanted and encoder.resolve() != BUNDLED.resolve():
        raise RepositoryError(
            f"{encoder} is in {manifest.format}, and --platform {platform} loads {wanted}; make"
            f" one with `vislex-export siglip2 CHECKPOINT --out DIR --format {wanted}`"
            f" (CHECKPOINT: {manifest.source}) and give its DIR to --encoder"
        )
    for name, expected in model_files(manifest).items():
        if (digest := sha256_of(encoder / name)) != expected:
            raise RepositoryError(
                f"{encoder / name} is not the file its manifest describes: "
                f"SHA-256 {digest}, expected {expected}"
            )
    return manifest


def model_files(manifest: ModelManifest) -> dict[str, str]:
    """Every file of an export -> its SHA-256."""
    return {**manifest.files, MODEL_FILES[manifest.format]: manifest.sha256}

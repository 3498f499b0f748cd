"""Whether an export is close enough to its source to be served."""

from dataclasses import replace

from export.manifest import ModelManifest, Precision
from export.ocr.check import OcrCheck
from vislex.errors import RepositoryError
from vislex.infer.probe import TOLERANCE

# Share of characters that may differ from what the OCR models' sources read. With the same weights
# in float32, rounding may change one character in 1000.
OCR_ERROR_RATE: dict[Precision, float] = {"fp32": 0.001, "fp16": 0.005, "bf16": 0.005, "int8": 0.02}


def require_close(manifest: ModelManifest, least: float | None = None) -> None:
    """Raises RepositoryError unless the manifest's least cosine reaches `least`.

    By default that is the precision's own tolerance.
    """
    wanted = TOLERANCE[manifest.precision] if least is None else least
    cosine = manifest.cosine_min
    if cosine is None:
        raise RepositoryError(
            f"{manifest.model} ({manifest.precision}) was never compared with its source;"
            " run `vislex-export check` on it"
        )
    if cosine < wanted:
        raise RepositoryError(
            f"{manifest.model} ({manifest.precision}) is too far from its source: least cosine"
            f" {cosine:.6f} over {manifest.checked_on}, expected {wanted} or more"
        )


def is_close(manifest: ModelManifest) -> bool:
    """Whether the manifest's least cosine is known and reaches its precision's tolerance."""
    cosine = manifest.cosine_min
    return cosine is not None and cosine >= TOLERANCE[manifest.precision]


def accept(manifest: ModelManifest, force: bool) -> ModelManifest:
    """The manifest, marked if the model is too far from its source and accepted by `force`.

    Raises RepositoryError, as `require_close` does, where it is too far and not forced.
    """
    if not force:
        require_close(manifest)
    return replace(manifest, forced=None if is_close(manifest) else True)


def require_same_text(check: OcrCheck, precision: Precision) -> None:
    """Raises RepositoryError unless OCR models read what their sources read, within tolerance."""
    most = OCR_ERROR_RATE[precision]
    if check.error_rate > most:
        raise RepositoryError(
            f"ocr_det and ocr_rec ({precision}) read {check.error_rate:.2%} of {check.characters}"
            f" characters differently from their sources, expected {most:.2%} or less"
        )

"""Whether an export is close enough to its source to be served."""

from export.manifest import ModelManifest, Precision
from export.ocr.check import OcrCheck
from vislex.errors import RepositoryError

# The least cosine against the source that each precision must keep, over everything it was
# checked on. Two embeddings of one screen from different photographs differ by far more.
TOLERANCE: dict[Precision, float] = {"fp32": 0.99999, "fp16": 0.9999, "bf16": 0.9999, "int8": 0.999}
# Characters that may read otherwise than with the OCR models' sources. Of the same weights in
# float32, rounding may turn one in 1000.
OCR_ERROR_RATE: dict[Precision, float] = {"fp32": 0.001, "fp16": 0.005, "bf16": 0.005, "int8": 0.02}


def require_close(manifest: ModelManifest, least: float | None = None) -> None:
    """Raises RepositoryError unless the manifest's least cosine reaches `least`.

    By default that is the precision's own tolerance.
    """
    wanted = TOLERANCE[manifest.precision] if least is None else least
    found = manifest.cosine_min
    if found is None:
        raise RepositoryError(
            f"{manifest.model} ({manifest.precision}) was never compared with its source;"
            " run `python -m export check` on it"
        )
    if found < wanted:
        raise RepositoryError(
            f"{manifest.model} ({manifest.precision}) is too far from its source: least cosine"
            f" {found:.6f} over {manifest.checked_on}, expected {wanted} or more"
        )


def require_same_text(found: OcrCheck, precision: Precision) -> None:
    """Raises RepositoryError unless OCR models read what their sources read, within tolerance."""
    most = OCR_ERROR_RATE[precision]
    if found.error_rate > most:
        raise RepositoryError(
            f"ocr_det and ocr_rec ({precision}) read {found.error_rate:.2%} of {found.characters}"
            f" characters otherwise than their sources, expected {most:.2%} or less"
        )

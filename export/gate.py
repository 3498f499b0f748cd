"""Whether an export is close enough to its source to be served."""

from export.manifest import ModelManifest, Precision
from vislex.errors import RepositoryError

# The least cosine against the source that each precision must keep, over everything it was
# checked on. Two embeddings of one screen from different photographs differ by far more.
TOLERANCE: dict[Precision, float] = {"fp32": 0.99999, "fp16": 0.9999, "bf16": 0.9999, "int8": 0.999}


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

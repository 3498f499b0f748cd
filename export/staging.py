"""Writes an export completely or not at all, and never over something else."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from export.manifest import MANIFEST_NAME, read_manifest
from vislex.errors import RepositoryError


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A folder to write into, which takes the place of `out` when the block ends well.

    Where it does not, `out` is as it was. Raises RepositoryError when the disk is full or a file
    cannot be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        new = scratch / "new"
        new.mkdir()
        yield new
        if out.exists():
            out.rename(scratch / "old")
        new.rename(out)
    except OSError as error:
        raise RepositoryError(f"{out} could not be written: {_why(error)}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def require_place(out: Path, model: str, source: str | None = None) -> None:
    """Raises RepositoryError unless `out` is free or holds an export of `model` (from `source`)."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / MANIFEST_NAME).is_file():
        raise RepositoryError(f"{out} holds something that is not an export; left as it is")
    existing = read_manifest(out)
    if existing.model != model:
        raise RepositoryError(f"{out} holds {existing.model}, not {model}; left as it is")
    listed = {*existing.files, "model.onnx", MANIFEST_NAME}  # before `files`, it was just those two
    if strangers := {path.name for path in out.iterdir()} - listed:
        raise RepositoryError(f"{out} also holds {', '.join(sorted(strangers))}; left as it is")
    if source is not None and existing.source != source:
        raise RepositoryError(
            f"{out} holds an export of {existing.source}, not of {source}; left as it is"
            " (--replace puts this one in its place)"
        )


def _why(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return f"no room is left ({error.strerror}); what was there before is untouched"
    return f"{error}; what was there before is untouched"

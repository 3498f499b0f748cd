"""A checkpoint by name: a local folder, or an id on the Hugging Face hub, fetched and verified.

Downloads go through `huggingface_hub`, into its cache: they resume where they broke off, and
`HF_ENDPOINT`, `HF_HOME`, `HF_TOKEN` and `HF_HUB_OFFLINE` hold. It compares sizes only, so every
file is also compared with the digest the hub states for it.
"""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from export.encoders.checkpoint import Checkpoint, open_checkpoint
from export.manifest import sha256_of
from vislex.errors import RepositoryError

DEFAULT = "google/siglip2-so400m-patch16-naflex"
_ID = re.compile(r"[\w.-]+/[\w.-]+")
# What an export reads. Pickled weights are not among it: unpickling runs what is in them.
_PATTERNS = ["*.json", "*.safetensors", "tokenizer.model", "spiece.model"]


def resolve(
    name: str,
    revision: str = "main",
    say: Callable[[str], None] = lambda line: None,
    *,
    endpoint: str | None = None,
    cache: Path | None = None,
) -> Checkpoint:
    """The checkpoint `name`: a folder where there is one of that name, a hub id otherwise.

    `endpoint` and `cache` are huggingface_hub's own unless given. Raises RepositoryError where it
    is neither, cannot be fetched, or arrives damaged.
    """
    if Path(name).is_dir():
        return open_checkpoint(Path(name))
    if not _ID.fullmatch(name):
        raise RepositoryError(f"{name} is neither a folder nor a hub id like {DEFAULT}")
    say(f"fetching {name} ({revision}) from the hub")
    folder, commit = _fetch(name, revision, endpoint, cache)
    return open_checkpoint(folder, source=f"{name}@{commit}")


def _fetch(name: str, revision: str, endpoint: str | None, cache: Path | None) -> tuple[Path, str]:
    """The snapshot's folder and the commit it is of."""
    from huggingface_hub import HfApi, snapshot_download

    try:
        info = HfApi(endpoint).model_info(name, revision=revision, files_metadata=True)
        folder = snapshot_download(
            name, revision=info.sha, allow_patterns=_PATTERNS, endpoint=endpoint, cache_dir=cache
        )
    except Exception as error:  # its own, requests', and OSError for a full disk
        raise RepositoryError(f"{name} ({revision}) could not be fetched: {error}") from error
    for file in info.siblings or []:
        path = Path(folder) / file.rfilename
        if path.is_file():
            _verify(path, file)
    return Path(folder), str(info.sha)


def _verify(path: Path, stated: Any) -> None:
    """Removes a file whose digest is not the hub's, so that the next run fetches it again."""
    lfs, blob = stated.lfs, stated.blob_id
    expected = lfs.sha256 if lfs is not None else blob
    if expected is None:
        raise RepositoryError(f"the hub states no digest for {stated.rfilename}")
    digest = sha256_of(path) if lfs is not None else _git_blob(path)
    if digest != expected:
        path.resolve().unlink()  # the cache keeps the file itself elsewhere and links to it
        path.unlink(missing_ok=True)
        raise RepositoryError(
            f"{stated.rfilename} arrived damaged: digest {digest}, expected {expected}; it was"
            " removed, and running this again fetches it anew"
        )


def _git_blob(path: Path) -> str:
    """The id git gives a file's content: SHA-1 over its size and bytes."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()

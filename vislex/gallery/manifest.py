"""The manifest of a gallery version, and the check of its files against it."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vislex.errors import GalleryCorrupt, GalleryMissing
from vislex.gallery.index import KINDS, Kind
from vislex.gallery.recipe import Recipe

MANIFEST = "manifest.json"
SCHEMA = 3
# 4: with what an operator taught, known others or a least confidence, which an earlier vislex
# would lose at its next edit, and so has to refuse. Without any a version is of schema 3.
TAUGHT = 4
READABLE = (2, SCHEMA, TAUGHT)  # 2: lines beside the items, a FAISS file of flat vectors, no texts


@dataclass(frozen=True)
class Manifest:
    """The content of `manifest.json`."""

    recipe: Recipe
    count: int
    source: str  # digest of the images it was built from
    kind: Kind = "flat"
    # vislex.text.corpus.TOKENIZER_VERSION of the texts that are stored ("words" on disk); 0: none
    tokenizer_version: int = 0
    recall: Mapping[str, float] = field(default_factory=dict)  # of an approximate index
    schema: int = SCHEMA
    others: int = 0  # images known to be `other`


def write_manifest(folder: Path, manifest: Manifest, files: Sequence[str]) -> None:
    """Writes `manifest.json` with size and SHA-256 of each of `files`; it contains no time, so that
    the same files give the same manifest."""
    values: dict[str, Any] = {
        "schema": manifest.schema,
        "metric": "inner product of L2-normalised vectors",
        "count": manifest.count,
        "source": manifest.source,
        "recipe": manifest.recipe.to_json(),
        "index": manifest.kind,
        "recall": dict(manifest.recall),
        "words": manifest.tokenizer_version,
        **({"others": manifest.others} if manifest.schema == TAUGHT else {}),
        "files": {name: _fingerprint(folder / name) for name in files},
    }
    values["sha256"] = _digest(values)
    (folder / MANIFEST).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path, required: Callable[[Manifest], Sequence[str]]) -> Manifest:
    """Reads a version's manifest and checks every file it names, among them those `required`.

    Raises GalleryMissing for a file that is not there, GalleryCorrupt for one that is not as
    written, naming the file, what was found and what was expected.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise GalleryMissing(f"gallery file {path} is missing")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["schema"] not in READABLE:
            raise GalleryCorrupt(
                f"{path} has schema {values['schema']!r}; this vislex reads "
                f"{', '.join(map(str, READABLE))}"
            )
        if values["schema"] >= SCHEMA and values.pop("sha256") != _digest(values):
            raise GalleryCorrupt(f"{path} is not as written: its own checksum differs")
        manifest = _manifest(values)
        files = dict(values["files"])
        for name in (*required(manifest), *files):
            _check_file(folder / Path(name).name, files[name])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GalleryCorrupt(f"{path} is damaged: {error!r}") from None
    return manifest


def _manifest(values: Mapping[str, Any]) -> Manifest:
    kind = values.get("index", "flat")
    if kind not in KINDS:
        raise ValueError(f"index is {kind!r}; expected one of {', '.join(KINDS)}")
    return Manifest(
        Recipe.from_json(values["recipe"]),
        int(values["count"]),
        str(values["source"]),
        kind,
        int(values.get("words", 0)),
        dict(values.get("recall", {})),
        int(values["schema"]),
        int(values.get("others", 0)),
    )


def _check_file(path: Path, expected: Mapping[str, Any]) -> None:
    """Size first: a file that is far too large is not even read."""
    if not path.is_file():
        raise GalleryMissing(f"gallery file {path} is missing")
    size = path.stat().st_size
    actual = _fingerprint(path) if size == expected["bytes"] else {"bytes": size}
    if actual != expected:
        raise GalleryCorrupt(
            f"gallery file {path} is not as written: {actual}, expected {expected}"
        )


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

"""A gallery of screens on disk: immutable numbered versions, read whole or not at all.

    gallery/
      CURRENT                  name of the live version, replaced atomically
      .lock                    held by the one process that writes (vislex.gallery.lock)
      v000001/manifest.json    recipe, count, index kind; size and SHA-256 of every other file
      v000001/vectors.npy      and index.faiss, items.jsonl, lines.jsonl: see vislex.gallery.store
      v000001/texts.npz        the same lines cut into words and numbered, see vislex.text.corpus
      v000001/calibration.json see vislex.screens.calibration
      v000001/others.npy       where there are images known to be `other`: as vectors.npy,
      v000001/others.jsonl     items.jsonl and lines.jsonl
      v000001/others-lines.jsonl

A version is never changed once CURRENT has named it. The lines are the source of `texts.npz`:
where that was cut by other rules it is left aside and cut again.
"""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vislex.errors import GalleryCorrupt
from vislex.gallery.index_files import read_vectors
from vislex.gallery.items import Items
from vislex.gallery.lock import GalleryLock
from vislex.gallery.manifest import SCHEMA, TAUGHT, Manifest, read_manifest, write_manifest
from vislex.gallery.recipe import Recipe, check_recipe
from vislex.gallery.store import (
    read_items,
    read_store,
    store_files,
    stored_items,
    write_rows,
    write_store,
)
from vislex.gallery.versions import version_folder, write_version
from vislex.screens.calibration import Calibration
from vislex.screens.gallery import Gallery, assemble
from vislex.screens.others import NO_OTHERS, Others
from vislex.text.corpus import TOKENIZER_VERSION, Texts, from_arrays, to_arrays

TEXTS, CALIBRATION = "texts.npz", "calibration.json"
OTHERS = ("others.npy", "others.jsonl", "others-lines.jsonl")  # vectors, items, lines


def publish_gallery(lock: GalleryLock, gallery: Gallery, *, publish: bool = True) -> str:
    """Writes a gallery as the next version, makes it live and returns its name, like `v000001`.

    The version it has itself is not looked at. What was live stays whole and live if anything
    fails before the last step. `publish=False` leaves it for `vislex.gallery.versions.point_at`.
    """

    def write(folder: Path) -> None:
        write_store(folder, gallery.items, gallery.index)
        np.savez(folder / TEXTS, **to_arrays(gallery.texts))
        (folder / CALIBRATION).write_text(
            json.dumps(gallery.calibration.to_json(), indent=2) + "\n", encoding="utf-8"
        )
        if gallery.others:
            _write_others(folder, gallery.others)
        taught = gallery.others or gallery.calibration.least_confidence is not None
        manifest = Manifest(
            gallery.recipe,
            len(gallery.items),
            gallery.source,
            gallery.index.kind,
            TOKENIZER_VERSION,
            gallery.index.recall,
            TAUGHT if taught else SCHEMA,
            len(gallery.others),
        )
        write_manifest(folder, manifest, _files(manifest))

    return write_version(lock, write, publish=publish)


def check_gallery(
    root: Path, expected: Recipe | None, version: str | None = None
) -> tuple[str, Manifest]:
    """Name and manifest of a version, the live one for None: its files checked but not loaded.

    Raises as `open_gallery` does for what is missing, changed or built for other models.
    """
    folder = version_folder(root, version)
    manifest = read_manifest(folder, _files)
    if expected is not None:
        check_recipe(f"gallery {folder}", manifest.recipe, expected)
    return folder.name, manifest


def open_gallery(root: Path, expected: Recipe | None, version: str | None = None) -> Gallery:
    """Opens a version, the live one for None, checked whole before anything in it is parsed.

    `expected` is the recipe of the models that will query it, None where none will. Raises
    GalleryMissing, GalleryCorrupt, or GalleryMismatch where the gallery's recipe is another.
    """
    name, manifest = check_gallery(root, expected, version)
    folder = root / name
    try:
        items, index = read_store(folder, manifest)
        others = _read_others(folder, manifest)
        calibration = _read_calibration(folder)
        texts = (
            _read_texts(folder, manifest)
            if manifest.tokenizer_version == TOKENIZER_VERSION
            else None
        )
    except (RuntimeError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise GalleryCorrupt(f"gallery {folder} cannot be read: {error!r}") from None
    return assemble(
        name, items, index, calibration, manifest.recipe, texts, manifest.source, others
    )


def check_taught(root: Path, version: str) -> tuple[Manifest, Items, Calibration]:
    """Manifest, items and calibration of a version, its files checked, without its index and texts.

    Raises as `check_gallery` does.
    """
    name, manifest = check_gallery(root, None, version)
    folder = root / name
    try:
        return manifest, stored_items(folder, manifest), _read_calibration(folder)
    except (ValueError, KeyError, TypeError) as error:
        raise GalleryCorrupt(f"gallery {folder} cannot be read: {error!r}") from None


def _files(manifest: Manifest) -> Sequence[str]:
    texts = () if manifest.schema == 2 else (TEXTS,)
    others = OTHERS if manifest.others else ()
    return *store_files(manifest), *texts, CALIBRATION, *others


def _read_calibration(folder: Path) -> Calibration:
    return Calibration.from_json(json.loads((folder / CALIBRATION).read_text(encoding="utf-8")))


def _read_others(folder: Path, manifest: Manifest) -> Others:
    if not manifest.others:
        return NO_OTHERS
    vectors, rows, lines = OTHERS
    items = read_items(folder, rows, lines)
    if len(items) != manifest.others:
        raise ValueError(f"{len(items)} known others; its manifest says {manifest.others}")
    stored = read_vectors(folder / vectors, "flat", len(items), manifest.recipe.dim)
    return Others(items, np.asarray(stored, np.float32))


def _write_others(folder: Path, others: Others) -> None:
    vectors, rows, lines = (folder / name for name in OTHERS)
    np.save(vectors, np.asarray(others.vectors, np.float32))
    write_rows(rows, others.items.rows())
    write_rows(lines, others.items.encoded_lines())


def _read_texts(folder: Path, manifest: Manifest) -> Texts:
    with np.load(folder / TEXTS, allow_pickle=False) as arrays:
        return from_arrays(arrays, manifest.count)

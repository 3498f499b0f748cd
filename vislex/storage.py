"""A gallery on disk: immutable numbered versions, read whole or not at all.

    gallery/
      CURRENT                  name of the live version, replaced atomically
      v000001/manifest.json    recipe, count, and size and SHA-256 of every other file
      v000001/vectors.faiss    inner-product index over L2-normalised float32 vectors
      v000001/items.jsonl      one object a row, in index order: id, label, lines
      v000001/calibration.json see vislex.openset

A version is never changed once CURRENT has named it.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from vislex.errors import GalleryCorrupt
from vislex.gallery import Gallery, Index, Item, assemble, read_index, write_index
from vislex.ocr.lines import lines_from, lines_to
from vislex.openset import Calibration
from vislex.recipe import Recipe, check_recipe
from vislex.versions import (
    Manifest,
    current_version,
    publish_version,
    read_manifest,
    write_manifest,
)

VECTORS, ITEMS, CALIBRATION = "vectors.faiss", "items.jsonl", "calibration.json"


def publish_gallery(
    root: Path,
    index: Index,
    items: Sequence[Item],
    calibration: Calibration,
    recipe: Recipe,
    source: str,
) -> str:
    """Writes the next version, makes it live and returns its name, such as `v000001`.

    `source` is a digest of what it was built from, by which a builder knows it again.
    What was live stays whole and live if anything fails before the last step.
    """
    with publish_version(root) as folder:
        write_index(index, folder / VECTORS)
        (folder / ITEMS).write_text("".join(map(_row, items)), encoding="utf-8")
        (folder / CALIBRATION).write_text(
            json.dumps(calibration.to_json(), indent=2) + "\n", encoding="utf-8"
        )
        manifest = Manifest(recipe, len(items), source)
        write_manifest(folder, manifest, (VECTORS, ITEMS, CALIBRATION))
    return current_version(root)


def check_gallery(root: Path, expected: Recipe | None) -> tuple[str, Manifest]:
    """Name and manifest of the live version, its files checked but not loaded.

    Raises as `open_gallery` does for what is missing, changed or built for other models.
    """
    version = current_version(root)
    manifest = read_manifest(root / version)
    if expected is not None:
        check_recipe(f"gallery {root / version}", manifest.recipe, expected)
    return version, manifest


def open_gallery(root: Path, expected: Recipe | None) -> Gallery:
    """Opens the live version, checked whole before anything in it is parsed.

    `expected` is the recipe of the models that will query it, None where none will. Raises
    GalleryMissing, GalleryCorrupt, or GalleryMismatch where the gallery's recipe is another.
    """
    version, manifest = check_gallery(root, expected)
    folder, recipe = root / version, manifest.recipe
    try:
        index = read_index(folder / VECTORS)
        items = tuple(_read_items(folder / ITEMS))
        calibration = Calibration.from_json(
            json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
        )
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        raise GalleryCorrupt(f"gallery {folder} cannot be read: {error!r}") from None
    if not index.ntotal == len(items) == manifest.count or index.d != recipe.dim:
        raise GalleryCorrupt(
            f"gallery {folder} has {index.ntotal} vectors of width {index.d} and {len(items)} "
            f"items; its manifest says {manifest.count} of width {recipe.dim}"
        )
    return assemble(version, items, index, calibration, recipe)


def _read_items(path: Path) -> list[Item]:
    # Not splitlines(): text that was read may hold characters that it would take for line ends.
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    rows = [json.loads(line) for line in lines]
    return [Item(row["id"], row["label"], lines_from(row["lines"])) for row in rows]


def _row(item: Item) -> str:
    values = {"id": item.id, "label": item.label, "lines": lines_to(item.lines)}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"

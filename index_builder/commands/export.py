"""`export`: a version as plain files that anything can read."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from index_builder.arguments import add_root, add_version
from vislex.cli import Commands
from vislex.errors import InvalidInput
from vislex.gallery.index_files import write_vectors
from vislex.gallery.items import Items
from vislex.ocr.lines import lines_to
from vislex.screens.storage import open_gallery


def add_parsers(commands: Commands) -> None:
    export = commands.add_parser("export")
    export.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="a new folder to write into"
    )
    add_version(export)
    add_root(export)
    export.set_defaults(run=_export)


def _export(options: argparse.Namespace) -> None:
    gallery = open_gallery(options.gallery, None, options.gallery_version)
    out: Path = options.out
    if out.exists() and any(out.iterdir()):
        raise InvalidInput(f"{out} is not empty; expected a new folder")
    out.mkdir(parents=True, exist_ok=True)
    write_vectors(gallery.index, out / "vectors.npy")
    _write_images(out / "images.jsonl", gallery.items)
    _write_json(out / "recipe.json", gallery.recipe.to_json())
    _write_json(out / "calibration.json", gallery.calibration.to_json())
    if gallery.others:
        np.save(out / "others.npy", gallery.others.vectors)
        _write_images(out / "others.jsonl", gallery.others.items)
    names = ", ".join(sorted(path.name for path in out.iterdir()))
    print(f"{out}: {names} of {gallery.version}")


def _write_images(path: Path, items: Items) -> None:
    with path.open("w", encoding="utf-8") as file:
        for item in items:
            values = json.loads(item.row()) | {"lines": lines_to(item.lines)}
            file.write(json.dumps(values, ensure_ascii=False) + "\n")


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")

"""`export`: a version as plain files that anything can read."""

import argparse
import json
from pathlib import Path
from typing import Any

from index_builder.arguments import add_root
from vislex.errors import InvalidInput
from vislex.gallery.index_files import write_vectors
from vislex.ocr.lines import lines_to
from vislex.screens.storage import open_gallery


def add_parsers(commands: Any) -> None:
    export = commands.add_parser("export", help="write a version to a folder, as plain files")
    export.add_argument("out", type=Path, metavar="OUT")
    export.add_argument("--version", metavar="VERSION", help="default: the live one")
    add_root(export)
    export.set_defaults(run=_export)


def _export(options: argparse.Namespace) -> None:
    gallery = open_gallery(options.gallery, None, options.version)
    out: Path = options.out
    if out.exists() and any(out.iterdir()):
        raise InvalidInput(f"{out} is not empty; expected a new folder")
    out.mkdir(parents=True, exist_ok=True)
    write_vectors(gallery.index, out / "vectors.npy")
    with (out / "images.jsonl").open("w", encoding="utf-8") as file:
        for item in gallery.items:
            values = json.loads(item.row()) | {"lines": lines_to(item.lines)}
            file.write(json.dumps(values, ensure_ascii=False) + "\n")
    (out / "recipe.json").write_text(
        json.dumps(gallery.recipe.to_json(), indent=2) + "\n", encoding="utf-8"
    )
    print(f"{out}: vectors.npy, images.jsonl, recipe.json of {gallery.version}")

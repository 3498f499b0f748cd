"""`model_repository/` plus exported weights -> a repository that a server loads as it is."""

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from export.gate import require_close
from export.manifest import MANIFEST_NAME, ModelManifest, read_manifest, sha256_of
from export.ocr import export_ocr
from vislex.contract import EMBEDDING, MAX_NUM_PATCHES, SIGLIP2
from vislex.errors import RepositoryError
from vislex.ocr.canvas import MAX_SIDE_PX
from vislex.recipe import FILE_NAME, Recipe

PROJECT = Path(__file__).parents[1]


def write_repository(
    out: Path,
    *,
    encoder: Path = PROJECT / "samples" / "encoder" / "onnx",
    models: Path = PROJECT / "model_repository",
    force: bool = False,
) -> Recipe:
    """Writes a complete repository at `out`, replacing one that is there, and answers its recipe.

    `encoder` is a directory with `model.onnx` and `manifest.json`, as `python -m export siglip2`
    writes it. Everything is written beside `out` first: an error leaves the old one whole.

    Raises RepositoryError when the encoder is missing or damaged, is further from its source than
    its precision may be (unless `force`), or `out` holds something else.
    """
    if out.exists() and not (out / "match" / FILE_NAME).is_file() and any(out.iterdir()):
        raise RepositoryError(
            f"{out} holds something that is not a model repository; left as it is"
        )
    manifest = read_encoder(encoder)
    if not force:
        require_close(manifest)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=out.parent) as scratch:
        new = Path(scratch) / "new"
        shutil.copytree(models, new, ignore=shutil.ignore_patterns("__pycache__"))
        recipe = _recipe(manifest, *export_ocr(new))
        _place_encoder(new, encoder, recipe.dim)
        (new / "match" / FILE_NAME).write_text(
            json.dumps(recipe.to_json(), indent=2) + "\n", encoding="utf-8"
        )
        for version in (path / "1" for path in new.iterdir()):
            version.mkdir(exist_ok=True)  # an ensemble's is empty, and git keeps no empty folder
        if out.exists():
            out.rename(Path(scratch) / "old")
        new.rename(out)
    return recipe


def read_encoder(encoder: Path) -> ModelManifest:
    """The manifest of an exported encoder, its model file checked against it."""
    manifest = read_manifest(encoder)
    if (manifest.model, manifest.format) != (SIGLIP2.name, "onnx"):
        raise RepositoryError(
            f"{encoder} is {manifest.model} in {manifest.format}; expected {SIGLIP2.name} in onnx"
        )
    for name, expected in {**manifest.files, "model.onnx": manifest.sha256}.items():
        found = sha256_of(encoder / name)
        if found != expected:
            raise RepositoryError(
                f"{encoder / name} is not the file its manifest describes: "
                f"SHA-256 {found}, expected {expected}"
            )
    return manifest


def _place_encoder(repository: Path, encoder: Path, dim: int) -> None:
    version = repository / "siglip2" / "1"
    version.mkdir(exist_ok=True)
    for path in encoder.glob("model.onnx*"):  # over 2 GB, weights lie in a file of their own
        shutil.copy2(path, version / path.name)
    shutil.copy2(encoder / MANIFEST_NAME, repository / "siglip2" / MANIFEST_NAME)
    for model in ("siglip2", "match"):
        _set_width(repository / model / "config.pbtxt", dim)


def _set_width(path: Path, dim: int) -> None:
    """Sets the width of EMBEDDING in a config.pbtxt to the encoder's."""
    config = text_format.Parse(path.read_text(encoding="utf-8"), model_config_pb2.ModelConfig())
    for tensor in (*config.input, *config.output):
        if tensor.name == EMBEDDING.name:
            tensor.dims[:] = [dim]
    path.write_text(text_format.MessageToString(config), encoding="utf-8")


def _recipe(encoder: ModelManifest, detector: ModelManifest, recogniser: ModelManifest) -> Recipe:
    if encoder.dim is None:
        raise RepositoryError(f"{encoder.model}'s manifest names no dim; export the encoder again")
    reader = hashlib.sha256(f"{detector.source_sha256} {recogniser.source_sha256}".encode())
    return Recipe(
        encoder=encoder.source_sha256,
        dim=encoder.dim,
        max_num_patches=MAX_NUM_PATCHES,
        reader=reader.hexdigest(),
        canvas_side_px=MAX_SIDE_PX,
    )


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`python -m export repository`."""
    parser = commands.add_parser(
        "repository", help="write a complete model repository that Triton loads"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--encoder",
        type=Path,
        default=PROJECT / "samples" / "encoder" / "onnx",
        metavar="DIR",
        help="an exported encoder (default: the bundled one)",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="take an encoder that is further from its source than its precision may be",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    recipe = write_repository(arguments.out, encoder=arguments.encoder, force=arguments.force)
    print(f"{arguments.out}: encoder {recipe.encoder[:12]}, {recipe.dim}-d")

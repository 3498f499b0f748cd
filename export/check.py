"""`vislex-export check DIR`: exported models against their sources, on images of yours."""

import argparse
import re
from pathlib import Path

from tqdm import tqdm

from export.encoders.check import Row, check_tower, tower_of
from export.encoders.checkpoint import Checkpoint, open_checkpoint
from export.encoders.hub import resolve
from export.encoders.tokenizer import text_inputs
from export.encoders.verify import TEXTS, image_inputs
from export.gate import OCR_ERROR_RATE
from export.images import load_images
from export.manifest import MANIFEST_NAME, ModelManifest, read_manifest
from export.ocr.check import check_ocr
from vislex.cli import Commands
from vislex.contract.images import OCR_DET, OCR_REC
from vislex.contract.spec import Tensors
from vislex.errors import RepositoryError

SAMPLES = Path(__file__).parents[1] / "samples" / "gallery"
_FROM_HUB = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)@(?P<revision>[0-9a-f]{40})")


def add_parsers(commands: Commands) -> None:
    parser = commands.add_parser("check")
    parser.add_argument("dir", type=Path, metavar="DIR", help="an export, or a model repository")
    parser.add_argument(
        "--checkpoint",
        metavar="CHECKPOINT",
        help="what it was exported from; a hub id is known from the manifest",
    )
    parser.add_argument("--images", type=Path, default=SAMPLES, metavar="DIR")
    parser.add_argument("--limit", type=int, default=32, help="of images (default %(default)s)")
    parser.add_argument("--texts", type=Path, metavar="FILE", help="one text a line")
    parser.add_argument("--tolerance", type=float, help="least cosine; default: the precision's")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    rows = _rows(args)
    for row in rows:
        print(
            f"{'ok  ' if row.passed else 'FAIL'} {row.model:12} {row.variant:14}"
            f" {row.measured}  (wanted {row.wanted})  {row.ms_per_item:.1f} ms"
        )
    if failed := [row.model for row in rows if not row.passed]:
        raise RepositoryError(f"too far from the source: {', '.join(failed)}")


def _rows(args: argparse.Namespace) -> list[Row]:
    folders = _exports(args.dir)
    models = {folder: read_manifest(folder) for folder in folders}
    rows = []
    for folder in tqdm([f for f in folders if models[f].model.startswith("siglip")], disable=None):
        checkpoint = _checkpoint(models[folder], args.checkpoint)
        inputs, said = _inputs(models[folder], checkpoint, args)
        rows.append(check_tower(folder, checkpoint, inputs, said, args.tolerance))
    if {OCR_DET.name, OCR_REC.name} <= {manifest.model for manifest in models.values()}:
        manifest = next(m for m in models.values() if m.model == OCR_REC.name)
        result = check_ocr(args.dir, load_images(args.images, args.limit))
        most = OCR_ERROR_RATE[manifest.precision]
        rows.append(
            Row(
                "ocr",
                f"{manifest.format} {manifest.precision}",
                f"CER {result.error_rate:.6f} over {result.characters} characters",
                f"<= {most}",
                result.ms_per_image,
                result.error_rate <= most,
            )
        )
    return rows


def _exports(folder: Path) -> list[Path]:
    """`folder` itself where it is an export, or the exports directly below it."""
    exports = [f for f in (folder, *sorted(folder.glob("*/"))) if (f / MANIFEST_NAME).is_file()]
    if not exports or not folder.is_dir():
        raise RepositoryError(f"{folder} holds no export ({MANIFEST_NAME} is missing)")
    return exports


def _checkpoint(manifest: ModelManifest, given: str | None) -> Checkpoint:
    if given is not None:
        path = Path(given)
        return open_checkpoint(path) if path.is_dir() else resolve(given)
    if (hub := _FROM_HUB.fullmatch(manifest.source)) is not None:
        return resolve(hub["name"], hub["revision"])
    raise RepositoryError(
        f"{manifest.model} was exported from {manifest.source}, which is not on the hub;"
        " say where it is with --checkpoint"
    )


def _inputs(
    manifest: ModelManifest, checkpoint: Checkpoint, args: argparse.Namespace
) -> tuple[list[Tensors], str]:
    if tower_of(manifest) == "vision":
        images = load_images(args.images, args.limit)
        return image_inputs(checkpoint, images), f"{len(images)} images of {args.images.name}"
    texts = TEXTS if args.texts is None else _read_texts(args.texts)
    length = checkpoint.config.get("text_config", checkpoint.config).get("max_position_embeddings")
    return text_inputs(checkpoint, texts, length or 64), f"{len(texts)} texts"


def _read_texts(path: Path) -> tuple[str, ...]:
    try:
        texts = tuple(path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise RepositoryError(f"{path} cannot be read as texts: {error}") from error
    if not texts:
        raise RepositoryError(f"{path} is empty; expected one text a line")
    return texts

"""`model_repository/` plus exported weights -> a repository that a server loads as it is."""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

from export.gate import accept, require_same_text
from export.images import load_images
from export.manifest import MANIFEST_NAME, ModelManifest, read_manifest, write_manifest
from export.ocr.check import check_ocr
from export.ocr.ppocr import DEFAULT_VERSION, export_ocr
from export.ocr.wheels import WHEELS, OcrVersion
from export.repository.convert import convert_for
from export.repository.deployment import DEVICES, EXPORTED, Deployment, configure
from export.repository.encoder import BUNDLED, model_files, read_encoder
from export.staging import staged
from vislex.cli import Commands
from vislex.config import usable_cores
from vislex.contract.images import EMBEDDING, MAX_NUM_PATCHES, SIGLIP2
from vislex.errors import RepositoryError
from vislex.gallery.recipe import RECIPE_FILE, Recipe
from vislex.infer.pbtxt import CONFIG_FILE, read_config, write_config
from vislex.infer.probe import read_probe
from vislex.ocr.canvas import MAX_SIDE_PX

PROJECT = Path(__file__).parents[2]
SAMPLES = PROJECT / "samples" / "gallery"
SCREENS = 32  # so many are read to check OCR models of lower precision


def write_repository(
    out: Path,
    *,
    encoder: Path = BUNDLED,
    deployment: Deployment | None = None,
    models: Path = PROJECT / "model_repository",
    ocr_version: OcrVersion = DEFAULT_VERSION,
    angle: bool = False,
    force: bool = False,
) -> Recipe:
    """Writes a complete repository at `out`, replacing one that is there, and answers its recipe.

    `encoder` is a folder that `vislex-export siglip2` wrote; `ocr_version` and `angle` are
    export_ocr's. `deployment` is where it will be loaded: ONNX Runtime on this machine's CPU where
    it is left out. Everything is written beside `out` first: an error leaves the old one whole.

    Raises RepositoryError when the encoder does not fit or is damaged, a model is further from
    its source than its precision may be (unless `force`), a tool of the platform is missing, or
    `out` holds something else.
    """
    deployment = deployment or Deployment(cores=usable_cores())
    if out.exists() and any(out.iterdir()) and not _is_repository(out):
        raise RepositoryError(
            f"{out} holds something that is not a model repository; left as it is"
        )
    manifest = accept(read_encoder(encoder, deployment.platform), force)
    with staged(out) as new:
        shutil.copytree(
            models, new, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
        )
        # OpenVINO took 1.7 times as long over folded graphs (docs/decisions.md).
        folded = deployment.platform == "onnxruntime"
        recipe = _recipe(manifest, *export_ocr(new, ocr_version, angle=angle, folded=folded))
        _place_encoder(new, encoder, manifest)
        for name in EXPORTED:
            converted = convert_for(new / name, deployment)
            if name == SIGLIP2.name:
                write_manifest(accept(converted, force), new / name)
                read_probe(new)  # an encoder that every server would refuse is refused here
        _configure_models(new, deployment, recipe.dim)
        if deployment.ocr_precision != "fp32" and not force:
            result = check_ocr(new, load_images(SAMPLES, SCREENS))
            require_same_text(result, deployment.ocr_precision)
        (new / RECIPE_FILE).write_text(
            json.dumps(recipe.to_json(), indent=2) + "\n", encoding="utf-8"
        )
        for config in new.glob(f"*/{CONFIG_FILE}"):
            # An ensemble's is empty, and git keeps no empty folder.
            (config.parent / "1").mkdir(exist_ok=True)
    return recipe


def _is_repository(folder: Path) -> bool:
    """Whether it may be replaced; version 0.1 kept the recipe with the model `match`."""
    return any((place / RECIPE_FILE).is_file() for place in (folder, folder / "match"))


def _place_encoder(repository: Path, encoder: Path, manifest: ModelManifest) -> None:
    version = repository / SIGLIP2.name / "1"
    version.mkdir(exist_ok=True)
    for name in model_files(manifest):  # over 2 GB, weights lie in a file of their own
        shutil.copy2(encoder / name, version / name)
    shutil.copy2(encoder / MANIFEST_NAME, repository / SIGLIP2.name / MANIFEST_NAME)


def _configure_models(repository: Path, deployment: Deployment, dim: int) -> None:
    """Completes each config.pbtxt, and sets the width of EMBEDDING to the encoder's."""
    said = (
        "Written by `vislex-export repository` for"
        f" {deployment.platform} on {deployment.cores} cores"
        f"{' and a GPU' if deployment.device == 'gpu' else ''}; write it again to change it."
    )
    for model_dir in (path.parent for path in repository.glob(f"*/{CONFIG_FILE}")):
        config, name = read_config(model_dir), model_dir.name
        for tensor in (*config.input, *config.output):
            if tensor.name == EMBEDDING.name:
                tensor.dims[:] = [dim]
        precision = read_manifest(model_dir).precision if name in EXPORTED else "fp32"
        configure(config, name, deployment, precision)
        write_config(config, model_dir, said)


def _recipe(encoder: ModelManifest, detector: ModelManifest, recogniser: ModelManifest) -> Recipe:
    if encoder.dim is None:
        raise RepositoryError(f"{encoder.model}'s manifest names no dim; export the encoder again")
    ocr = hashlib.sha256(f"{detector.source_sha256} {recogniser.source_sha256}".encode())
    return Recipe(
        encoder=encoder.source_sha256,
        dim=encoder.dim,
        max_num_patches=MAX_NUM_PATCHES,
        ocr=ocr.hexdigest(),
        canvas_side_px=MAX_SIDE_PX,
    )


def add_parsers(commands: Commands) -> None:
    parser = commands.add_parser("repository")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.add_argument("--platform", choices=tuple(DEVICES), default="onnxruntime")
    parser.add_argument("--device", choices=("cpu", "gpu"), help="default: the platform's")
    parser.add_argument(
        "--cores",
        type=int,
        default=usable_cores(),
        metavar="N",
        help="of the machine that will serve it (default: those usable here, %(default)s)",
    )
    parser.add_argument(
        "--encoder",
        type=Path,
        default=BUNDLED,
        metavar="DIR",
        help="an exported encoder in the platform's format (default: the bundled one)",
    )
    parser.add_argument(
        "--ocr", choices=tuple(WHEELS), default=DEFAULT_VERSION, help="default: %(default)s"
    )
    parser.add_argument(
        "--ocr-precision",
        choices=("fp32", "bf16"),
        default="fp32",
        help="bf16: OpenVINO reads faster, and less exactly (default: %(default)s)",
    )
    parser.add_argument(
        "--angle", action="store_true", help="turn lines that are upside down before reading"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="take models that are further from their source than their precision may be",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    device = args.device or DEVICES[args.platform][0]
    deployment = Deployment(args.platform, device, args.cores, args.ocr_precision)
    recipe = write_repository(
        args.out,
        encoder=args.encoder,
        deployment=deployment,
        ocr_version=args.ocr,
        angle=args.angle,
        force=args.force,
    )
    print(
        f"{args.out}: {deployment.platform} on {deployment.device}, {deployment.cores} cores;"
        f" encoder {recipe.encoder[:12]}, {recipe.dim}-d"
    )

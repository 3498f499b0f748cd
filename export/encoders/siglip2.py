"""`vislex-export siglip2`: the towers of a SigLIP or SigLIP 2 checkpoint as served models."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from export.encoders.checkpoint import Checkpoint, TowerName, open_checkpoint, require_tower
from export.encoders.hub import DEFAULT, resolve
from export.encoders.load import load_tower
from export.encoders.provenance import plan_manifest, up_to_date, with_files
from export.encoders.tokenizer import copy_tokenizer, require_tokenizer, text_inputs
from export.encoders.verify import TEXTS, embed_with_source, image_inputs, measure_cosine
from export.encoders.write import PRECISIONS, Target, require_offered, write_model
from export.formats.runtime import MODEL_FILES, open_export
from export.gate import accept, is_close
from export.images import PATTERNS, checked_images, probe_images
from export.manifest import Format, ModelManifest, Precision, write_manifest
from export.staging import require_place, staged
from vislex.cli import Commands
from vislex.contract.spec import Tensors
from vislex.infer.probe import write_probe

Say = Callable[[str], None]


def export_siglip2(
    checkpoint: Path | Checkpoint,
    out: Path,
    precision: Precision = "fp32",
    *,
    tower: TowerName = "vision",
    file_format: Format = "onnx",
    keep_source: bool = False,
    force: bool = False,
    say: Say = lambda line: None,
) -> ModelManifest:
    """Writes one tower and its manifest to the folder `out`; answers the manifest.

    Nothing is done where `out` already is that export. The cosines in the manifest compare the
    written model with the checkpoint's own, run by transformers, over generated patterns or a
    list of texts; `vislex-export check` measures on images of yours. With `keep_source`, an
    export of another checkpoint at `out` is refused instead of replaced. A model further from its
    source than its precision may be is refused, or with `force` taken and marked.

    Raises RepositoryError when the checkpoint cannot be used, the combination is not offered,
    `out` holds something else, the model is too far or writing fails; then `out` is as it was.
    """
    target = Target(tower, file_format, precision)
    require_offered(file_format, precision)
    source = checkpoint if isinstance(checkpoint, Checkpoint) else open_checkpoint(checkpoint)
    if tower == "text":
        require_tokenizer(source)
    planned = plan_manifest(source, target)
    require_place(out, planned.model, source.source if keep_source else None)
    if (existing := up_to_date(out, planned)) is not None and (force or is_close(existing)):
        say(f"{out} is up to date")
        return existing
    say(f"reading the {tower} tower of {source.source}")
    model = load_tower(source, tower)
    with staged(out) as folder:
        say(f"writing it as {file_format} {precision}")
        write_model(model, folder, target)
        if tower == "text":
            copy_tokenizer(source, folder)
        elif source.naflex:
            _write_probe(source, model, folder)
        manifest = with_files(planned, folder)
        say("comparing it with the checkpoint")
        manifest = accept(_measured(manifest, source, model, folder), force)
        write_manifest(manifest, folder)
    return manifest


def add_parsers(commands: Commands) -> None:
    parser = commands.add_parser("siglip2")
    parser.add_argument(
        "checkpoint",
        nargs="?",
        default=DEFAULT,
        metavar="CHECKPOINT",
        help="hub id, or folder in Hugging Face format (default: %(default)s)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.add_argument("--tower", choices=("vision", "text", "both"), default="vision")
    parser.add_argument("--format", choices=tuple(PRECISIONS), default="onnx")
    parser.add_argument("--precision", choices=("fp32", "fp16", "bf16", "int8"), default="fp32")
    parser.add_argument("--revision", default="main", help="of a hub checkpoint")
    parser.add_argument(
        "--replace", action="store_true", help="replace an export of another checkpoint at DIR"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="take a model that is further from its source than its precision may be",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    """`both` writes DIR/vision and DIR/text; one tower writes DIR itself."""
    require_offered(args.format, args.precision)  # before anything is fetched
    source = resolve(args.checkpoint, args.revision, _say)
    towers: tuple[TowerName, ...] = ("vision", "text") if args.tower == "both" else (args.tower,)
    for tower in towers:
        require_tower(source, tower)
    for tower in towers:
        out = args.out / tower if args.tower == "both" else args.out
        manifest = export_siglip2(
            source,
            out,
            args.precision,
            tower=tower,
            file_format=args.format,
            keep_source=not args.replace,
            force=args.force,
            say=_say,
        )
        print(f"{out / MODEL_FILES[manifest.format]}: {_describe(manifest)}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _describe(manifest: ModelManifest) -> str:
    return (
        f"{manifest.precision}, {manifest.dim} dimensions, cosine {manifest.cosine_mean:.6f}"
        f" (least {manifest.cosine_min:.6f}) against the source over {manifest.checked_on}"
    )


def _measured(
    manifest: ModelManifest, source: Checkpoint, model: Any, folder: Path
) -> ModelManifest:
    inputs, said = _inputs(source, model)
    embed = open_export(folder, manifest.format, manifest.precision)
    cosine = measure_cosine(model, embed, inputs)
    return replace(
        manifest,
        cosine_min=float(cosine.min()),
        cosine_mean=float(cosine.mean()),
        checked_on=said,
    )


def _write_probe(source: Checkpoint, model: Any, folder: Path) -> None:
    """What a served encoder has to answer, computed by transformers."""
    inputs = image_inputs(source, probe_images())
    write_probe(folder, inputs, np.concatenate([embed_with_source(model, x) for x in inputs]))


def _inputs(source: Checkpoint, model: Any) -> tuple[list[Tensors], str]:
    """What to compare on where no images are given, and what a manifest says of it."""
    length = getattr(model.config, "max_position_embeddings", None)
    if length is None:
        return image_inputs(source, checked_images()), PATTERNS
    return text_inputs(source, TEXTS, length), f"{len(TEXTS)} texts"

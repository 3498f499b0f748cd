"""PP-OCR, detector and recogniser, out of RapidOCR's wheels and into a model repository.

`vislex-export ocr --out DIR` writes the two models and the character list alone; `python -m
export repository` writes them among the rest.
"""

import argparse
import hashlib
from pathlib import Path

import onnx

from export.manifest import ModelManifest, read_manifest, sha256_of, write_manifest
from export.ocr.fold import fold
from export.ocr.graph import characters_of, turn_lines, wrap_detector, wrap_recognizer
from export.ocr.wheels import WHEELS, OcrVersion, OcrWheel, WheelFile, read_wheel
from export.staging import staged
from vislex.cli import Commands
from vislex.contract.images import OCR_DET, OCR_REC
from vislex.contract.spec import ModelSpec
from vislex.errors import RepositoryError
from vislex.ocr.characters import CHARACTERS_FILE

DEFAULT_VERSION: OcrVersion = "v4"  # docs/ocr.md says by how much it reads better


def export_ocr(
    out: Path, version: OcrVersion = DEFAULT_VERSION, *, angle: bool = False, folded: bool = True
) -> tuple[ModelManifest, ModelManifest]:
    """Writes `ocr_det`, `ocr_rec` and the character list below `out`; answers their manifests.

    With `angle`, the recogniser first turns lines that are upside down. `folded` graphs suit
    ONNX Runtime; others fuse the wheel's own spelling by themselves. The same wheel gives the same
    bytes. Raises RepositoryError when the wheel can neither be found nor fetched, or its
    files are not the pinned ones.
    """
    wheel = WHEELS[version]
    files = (wheel.det, wheel.rec, *([wheel.angle] if angle else []))
    models = map(onnx.load_from_string, read_wheel(wheel, files))
    det, rec, *turning = map(fold, models) if folded else models
    characters = out / CHARACTERS_FILE
    characters.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(characters_of(rec)) + "\n"
    characters.write_text(text, encoding="utf-8", newline="\n")
    turn = [node for model in turning for node in turn_lines(model, wheel.angle.output)]
    return (
        _write(wrap_detector(det, wheel.det.output), OCR_DET, wheel, files[:1], out),
        _write(wrap_recognizer(rec, wheel.rec.output, turn), OCR_REC, wheel, files[1:], out),
    )


def _write(
    model: onnx.ModelProto,
    spec: ModelSpec,
    wheel: OcrWheel,
    files: tuple[WheelFile, ...],
    out: Path,
) -> ModelManifest:
    onnx.checker.check_model(model)
    path = out / spec.name / "1" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString(deterministic=True))
    manifest = ModelManifest(
        model=spec.name,
        source=f"{wheel}, {' and '.join(file.name for file in files)}",
        source_sha256=_digest(files),
        sha256=sha256_of(path),
        opset=model.opset_import[0].version,
        precision="fp32",
        tools={"onnx": onnx.__version__},
    )
    write_manifest(manifest, path.parent.parent)
    return manifest


def _digest(files: tuple[WheelFile, ...]) -> str:
    """One file's own digest; of several, the digest of theirs."""
    if len(files) == 1:
        return files[0].sha256
    return hashlib.sha256(" ".join(file.sha256 for file in files).encode()).hexdigest()


def source_models(repository: Path) -> dict[str, bytes]:
    """The wheel's own models that those of `repository` were made from: ocr_det, ocr_rec, angle.

    `angle` is missing where the recogniser turns no lines. Raises RepositoryError where they were
    made from no known wheel.
    """
    det, rec = (read_manifest(repository / spec.name).source_sha256 for spec in (OCR_DET, OCR_REC))
    for wheel in WHEELS.values():
        for files in ((wheel.det, wheel.rec), (wheel.det, wheel.rec, wheel.angle)):
            if (det, rec) == (files[0].sha256, _digest(files[1:])):
                names = (OCR_DET.name, OCR_REC.name, "angle")
                return dict(zip(names, read_wheel(wheel, files), strict=False))
    known = ", ".join(map(str, WHEELS.values()))
    raise RepositoryError(f"{repository} has OCR models of no known wheel ({known})")


def add_parsers(commands: Commands) -> None:
    parser = commands.add_parser("ocr")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.add_argument(
        "--ocr", choices=tuple(WHEELS), default=DEFAULT_VERSION, help="default: %(default)s"
    )
    parser.add_argument(
        "--angle", action="store_true", help="turn lines that are upside down before reading"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    out: Path = arguments.out
    written = {CHARACTERS_FILE.partition("/")[0], OCR_DET.name, OCR_REC.name}
    if out.exists() and (others := {path.name for path in out.iterdir()} - written):
        raise RepositoryError(f"{out} also holds {', '.join(sorted(others))}; left as it is")
    with staged(out) as new:
        manifests = export_ocr(new, arguments.ocr, angle=arguments.angle)
    for manifest in manifests:
        print(f"{out / manifest.model}: {manifest.source}")

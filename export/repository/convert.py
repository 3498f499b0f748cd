"""A model of a repository, from the ONNX it was written as to the format a platform loads."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.formats.openvino_ir import write_openvino
from export.formats.runtime import MODEL_FILES, Embed, open_export
from export.formats.shapes import PROFILES
from export.formats.tensorrt import build_engine
from export.images import PATTERNS, checked_images
from export.manifest import (
    Format,
    ModelManifest,
    Precision,
    read_manifest,
    sha256_of,
    write_manifest,
)
from export.repository.deployment import FORMATS, Deployment
from vislex.contract.images import SIGLIP2
from vislex.contract.spec import Tensors
from vislex.images.patches import prepare_patches, stack

# Of the bundled encoder where it is converted.
ENCODER_PRECISION: dict[Format, Precision] = {"openvino": "bf16", "tensorrt": "fp32"}


def convert_for(model_dir: Path, deployment: Deployment) -> ModelManifest:
    """Brings a model of a repository into the format of a platform, where it is not in it yet.

    Raises as `convert` does.
    """
    manifest, wanted = read_manifest(model_dir), FORMATS[deployment.platform]
    if manifest.format == wanted:
        return manifest
    encoder = manifest.model == SIGLIP2.name
    return convert(
        model_dir, wanted, ENCODER_PRECISION[wanted] if encoder else deployment.ocr_precision
    )


def convert(model_dir: Path, file_format: Format, precision: Precision) -> ModelManifest:
    """Puts the `file_format` of `model_dir/1/model.onnx` in its place; answers the new manifest.

    An encoder is compared with the ONNX over generated patterns, and its cosines say the least it
    can be to the source: the angle to the ONNX and that of the ONNX add up at most. What the OCR
    models read is compared by `vislex-export check`.

    Raises RepositoryError where the tools of the format are not installed, or fail.
    """
    version_dir = model_dir / "1"
    source = version_dir / MODEL_FILES["onnx"]
    manifest, out = read_manifest(model_dir), version_dir / MODEL_FILES[file_format]
    inputs = _inputs() if manifest.model == SIGLIP2.name else []
    expected = _embed(open_export(version_dir, "onnx", manifest.precision), inputs)
    tools = dict(manifest.tools)
    if file_format == "openvino":
        write_openvino(source, out, precision)
        tools["openvino"] = version("openvino")
    else:
        build_engine(source, out, PROFILES[manifest.model]())
    source.unlink()
    files = {path.name: sha256_of(path) for path in sorted(version_dir.iterdir())}
    manifest = replace(
        manifest,
        format=file_format,
        precision=precision,
        files=files,
        tools=tools,
        sha256=files[out.name],
        ms_per_item=None,
    )
    if inputs:
        embeddings = _embed(open_export(version_dir, file_format, precision), inputs)
        cosine = _compound(manifest.cosine_min or 0.0, (expected * embeddings).sum(axis=1))
        manifest = replace(
            manifest,
            cosine_min=float(cosine.min()),
            cosine_mean=float(cosine.mean()),
            checked_on=f"{PATTERNS}, through the ONNX it was converted from",
        )
    write_manifest(manifest, model_dir)
    return manifest


def _inputs() -> list[Tensors]:
    return [stack([prepare_patches(image)]) for image in checked_images()]


def _embed(embed: Embed, inputs: Sequence[Tensors]) -> NDArray[np.float64]:
    """Embeddings, L2-normalised in float64: (n, d)."""
    embeddings = np.array([embed(tensors)[0] for tensors in inputs], np.float64)
    return (
        embeddings / np.linalg.norm(embeddings, axis=-1, keepdims=True)
        if len(inputs)
        else embeddings
    )


def _compound(first: float, second: NDArray[np.float64]) -> NDArray[np.float64]:
    """The lowest possible cosines after two steps, from the cosine of each step: (n,)."""
    angles = np.arccos(np.clip(second, -1, 1)) + np.arccos(np.clip(first, -1, 1))
    least: NDArray[np.float64] = np.cos(np.minimum(angles, np.pi))
    return least

"""`python -m training judge-encoder`: the bundled encoder beside two yardsticks, in one run.

It only measures: nothing here is read by the training.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.encoder.baselines import Embedder, efficientnet, thumbnail
from vislex.cli import Commands
from vislex.contract.images import EMBEDDING
from vislex.errors import RepositoryError
from vislex.images.patches import prepare_patches, stack
from vislex.infer.onnx import open_session, run_session

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
_TIMED = 40  # images; the median of their times is told


@dataclass(frozen=True)
class Labelled:
    """Image files and the label of each."""

    files: list[Path]
    labels: NDArray[np.str_]


@dataclass(frozen=True)
class Figures:
    """One row of the table; shares of images, `None` where there was nothing to measure on."""

    name: str
    samples: float
    apps: float | None
    ms: float


def onnx_encoder(model: Path, threads: int) -> Embedder:
    """The exported encoder, image by image, as the server prepares them."""
    session = open_session(model, {"intra_op_thread_count": str(threads)})

    def embed(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        found = run_session(session, [EMBEDDING.name], stack([prepare_patches(image)]))
        return np.asarray(found[EMBEDDING.name][0], np.float32)

    return embed


def top_1(embed: Embedder, gallery: Labelled, queries: Labelled) -> float:
    """Share of queries whose nearest gallery image, by cosine, has their label."""
    similarity = _embed(embed, queries.files) @ _embed(embed, gallery.files).T
    return float((gallery.labels[similarity.argmax(axis=1)] == queries.labels).mean())


def leave_one_out(embed: Embedder, images: Labelled) -> float:
    """Share of images whose nearest other image has their label."""
    vectors = _embed(embed, images.files)
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -2.0)
    return float((images.labels[similarity.argmax(axis=1)] == images.labels).mean())


def median_ms(model: Path, threads: int) -> float:
    """Milliseconds of one run of the model alone, on a phone screen's 23 x 11 patches."""
    session = open_session(model, {"intra_op_thread_count": str(threads)})
    image = np.random.default_rng(3).integers(0, 256, (2400, 1080, 3), dtype=np.uint8)
    inputs = stack([prepare_patches(image)])
    return _median_ms(lambda: run_session(session, [EMBEDDING.name], inputs))


def read_samples(samples: Path, split: str) -> Labelled:
    """The sample screens of a split whose label is a known one; RepositoryError without any."""
    manifest = samples / "manifest.json"
    if not manifest.is_file():
        raise RepositoryError(f"{manifest} is missing; expected the sample screens there")
    images = json.loads(manifest.read_text(encoding="utf-8"))["images"]
    known = [i for i in images if i["split"] == split and i["label"] != "other"]
    return Labelled(
        [samples / image["path"] for image in known], np.array([image["label"] for image in known])
    )


def read_folders(root: Path, prefix: str) -> Labelled:
    """The images `root/<label>/<prefix>*`; RepositoryError without any."""
    files = sorted(p for p in root.glob(f"*/{prefix}*") if p.suffix.lower() in _SUFFIXES)
    if not files:
        raise RepositoryError(f"{root} holds no image <label>/{prefix}*")
    return Labelled(files, np.array([file.parent.name for file in files]))


def judge(
    model: Path, samples: Path, apps: Path | None, prefix: str, threads: int
) -> list[Figures]:
    """All encoders' figures, the judged one's last."""
    gallery, queries = read_samples(samples, "gallery"), read_samples(samples, "queries")
    screens = read_folders(apps, prefix) if apps else None
    noise = np.random.default_rng(3).integers(0, 256, (2400, 1080, 3), dtype=np.uint8)
    encoders: dict[str, Embedder] = {
        "thumbnail 16 x 32": thumbnail,
        "EfficientNet-lite0": efficientnet(threads),
        "bundled encoder": onnx_encoder(model, threads),
    }
    rows = []
    for name, embed in encoders.items():
        apart = leave_one_out(embed, screens) if screens else None
        took = _median_ms(partial(embed, noise))
        rows.append(Figures(name, top_1(embed, gallery, queries), apart, took))
    return rows


def _embed(embed: Embedder, files: list[Path]) -> NDArray[np.float32]:
    """(n, d), each of length 1."""
    rows = []
    for file in files:
        with Image.open(file) as image:
            rows.append(embed(np.asarray(image.convert("RGB"))))
    vectors = np.stack(rows)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _median_ms(run: Callable[[], object]) -> float:
    times = []
    for _ in range(_TIMED):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return float(np.median(times) * 1e3)


def add_parsers(commands: Commands) -> None:
    parser = commands.add_parser("judge-encoder")
    parser.add_argument(
        "--onnx", type=Path, default=Path("samples/encoder/onnx/model.onnx"), metavar="FILE"
    )
    parser.add_argument("--samples", type=Path, default=Path("samples"), metavar="DIR")
    parser.add_argument(
        "--apps", type=Path, metavar="DIR", help="real screenshots, one folder per app"
    )
    parser.add_argument("--prefix", default="", help="of the file names to take below --apps")
    parser.add_argument("--threads", type=int, default=2)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    print(f"{'encoder':20} {'samples top-1':>14} {'apps leave-one-out':>19} {'ms/image':>9}")
    for row in judge(args.onnx, args.samples, args.apps, args.prefix, args.threads):
        apps = "-" if row.apps is None else f"{row.apps:.3f}"
        print(f"{row.name:20} {row.samples:14.3f} {apps:>19} {row.ms:9.1f}")
    print(
        f"{args.onnx}: {median_ms(args.onnx, args.threads):.1f} ms on prepared patches,"
        f" {args.threads} threads, {args.onnx.stat().st_size / 1e6:.1f} MB"
    )

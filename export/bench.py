"""`vislex-export bench`: speed and cosine of each variant of the full-size encoder.

The weights are drawn, so times are those of the published model and cosines are not: quantized
ones have to be measured again on learnt weights (`vislex-export check`).
"""

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.check import SAMPLES
from export.encoders.check import times_ms
from export.encoders.checkpoint import open_checkpoint
from export.encoders.load import load_tower
from export.encoders.siglip2 import export_siglip2
from export.encoders.small import Size
from export.encoders.tiny import draw_checkpoint
from export.encoders.verify import image_inputs, measure_cosine
from export.formats.runtime import open_export
from export.images import load_images
from export.manifest import Format, Precision
from vislex.cli import Commands
from vislex.infer.probe import cpu_words

SO400M = Size(hidden=1152, layers=27, heads=16, mlp=4304)
VARIANTS: tuple[tuple[Format, Precision], ...] = (
    ("onnx", "fp32"),
    ("onnx", "int8"),
    ("openvino", "bf16"),
)
_BEGIN, _END = "<!-- export: begin -->", "<!-- export: end -->"


@dataclass(frozen=True)
class Measured:
    """One variant: milliseconds of one image alone, and cosines against transformers."""

    name: str
    median_ms: float
    least_ms: float
    cosine_mean: float
    cosine_min: float
    megabytes: float


def measure(
    work: Path, size: Size, images: Sequence[NDArray[np.uint8]], threads: int
) -> list[Measured]:
    """Draws a checkpoint of `size` below `work`, exports and measures every variant.

    What is there from the last run is used again.
    """
    if not (work / "checkpoint" / "config.json").is_file():
        draw_checkpoint(work / "checkpoint", seed=7, size=size)
    source = open_checkpoint(work / "checkpoint")
    inputs = image_inputs(source, images)
    measured = []
    for file_format, precision in VARIANTS:
        out = work / f"{file_format}-{precision}"
        export_siglip2(source, out, precision, file_format=file_format, force=True, say=print)
        embed = open_export(out, file_format, precision, threads)
        taken = times_ms(embed, inputs)
        cosine = measure_cosine(load_tower(source, "vision"), embed, inputs)
        size_mb = sum(path.stat().st_size for path in out.iterdir()) / 1e6
        measured.append(
            Measured(
                f"{file_format} {precision}",
                float(np.median(taken)),
                min(taken),
                float(cosine.mean()),
                float(cosine.min()),
                size_mb,
            )
        )
    return measured


def report(rows: Sequence[Measured], size: Size, images: int, threads: int, machine: str) -> str:
    """The Markdown section, with what it was measured on."""
    lines = [
        "## Encoder variants",
        "",
        f"SigLIP 2, {size.layers} layers, {size.hidden} wide, 256 patches, weights drawn at random;"
        f" {images} sample screens, one at a time, {threads} threads, {machine}."
        " Cosines are against transformers; on learnt weights they differ, so check yours."
        " `make bench-export` writes this.",
        "",
        "| variant | ms/image, median | least | cosine, mean | least | MB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.name} | {row.median_ms:.0f} | {row.least_ms:.0f} | {row.cosine_mean:.6f}"
        f" | {row.cosine_min:.6f} | {row.megabytes:.0f} |"
        for row in rows
    ]
    return "\n".join(lines)


def place(section: str, path: Path) -> None:
    """Writes the section to `path`: over the one of the last run, or at the end."""
    text = path.read_text(encoding="utf-8") if path.is_file() else "# Benchmarks\n"
    framed = f"{_BEGIN}\n{section}\n{_END}"
    pattern = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    if pattern.search(text):
        text = pattern.sub(lambda _: framed, text)
    else:
        text = f"{text.rstrip()}\n\n{framed}\n"
    path.write_text(text, encoding="utf-8")


def add_parsers(commands: Commands) -> None:
    parser = commands.add_parser("bench")
    parser.add_argument(
        "--work", type=Path, required=True, metavar="DIR", help="5 GB are kept there"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="Markdown file whose section is written anew"
    )
    parser.add_argument("--images", type=Path, default=SAMPLES, metavar="DIR")
    parser.add_argument("--limit", type=int, default=8, help="of images (default %(default)s)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: all cores")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    images, machine = load_images(args.images, args.limit), _machine()
    rows = measure(args.work, SO400M, images, args.threads)
    section = report(rows, SO400M, len(images), args.threads, machine)
    print(section)
    if args.out is not None:
        place(section, args.out)


def _machine() -> str:
    """The processor, its features and its load: the times depend on them."""
    return f"{cpu_words()}; {os.cpu_count()} cores and a load average of {os.getloadavg()[0]:.1f}"

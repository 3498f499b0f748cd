"""Draws the sample screens: `python -m samples.generate --out samples`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from samples.screens import manifest
from samples.screens.catalog import KINDS, draw
from samples.screens.encode import save
from samples.screens.fonts import Face, FontError, find_faces
from samples.screens.lines import reading_order
from samples.screens.plan import plan
from vislex.cli import guard, new_parser

_PROG = "python -m samples.generate"


def generate(out: Path, seed: int, style: str, faces: Sequence[Face]) -> int:
    """Replaces what the manifest in `out` lists; returns how many bytes the images take."""
    manifest.remove_listed(out)
    jobs = plan(seed, style, faces, KINDS)
    entries: list[dict[str, object]] = []
    size = 0
    for done, job in enumerate(jobs, 1):
        screen = draw(job)
        path = out / job.path
        save(screen.image, path, job.quality)
        size += path.stat().st_size
        entries.append(manifest.entry(job, reading_order(screen.lines)))
        print(f"\r{done}/{len(jobs)} images, {size / 1e6:.1f} MB", end="", file=sys.stderr)
    print(file=sys.stderr)
    manifest.write(out, seed, style, entries)
    return size


def _parser() -> argparse.ArgumentParser:
    parser = new_parser(_PROG, __doc__, "--out build/unseen --style b --seed 11")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write into"
    )
    parser.add_argument("--seed", type=int, default=7, help="changes all data (default 7)")
    parser.add_argument(
        "--style", choices=("a", "b"), default="a", help="set of layouts and brands"
    )
    parser.add_argument(
        "--font",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="a font file; may be repeated",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    return guard(_PROG, lambda: _generate(_parser().parse_args(argv)), expected=(FontError,))


def _generate(args: argparse.Namespace) -> None:
    generate(args.out, args.seed, args.style, find_faces(args.font))


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m loadtest.ocr IMAGES`: our reading beside RapidOCR's, speed and text, in one run.

Images are decoded beforehand. Every image goes through every reader in turn before the next image
is taken, so that the load of the machine affects all alike; the first round is not timed.
"""

import argparse
import json
import os
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter

import cv2

from export.images import choose_images, load_image
from export.ocr.wheels import WHEELS
from loadtest.figures import Ratio, character_errors, ratio
from loadtest.machine import describe_machine
from loadtest.ocr_readers import ENGINES, Image, Read, VislexReader, readers
from vislex.cli import guard, new_parser

_PROG = "python -m loadtest.ocr"


@dataclass(frozen=True)
class Row:
    """One reader over all images."""

    reader: str
    ms_per_image: float  # over all rounds
    speed: Ratio  # times RapidOCR as it comes, round by round
    cer: Mapping[str, float]  # reference reader -> edits per character of its text
    pair_f1: float | None  # of character pairs against the text drawn on the images
    split_ms: Mapping[str, float] = field(default_factory=dict)  # per image; adds up to the whole


def measure(
    images: Sequence[Image], found: Mapping[str, Read], rounds: int, truth: Sequence[str] | None
) -> list[Row]:
    """Reads every image with every reader, `rounds` times after one that is not timed."""
    texts = {name: [read(image) for image in images] for name, read in found.items()}
    for read in found.values():
        if isinstance(read, VislexReader):
            read.split.clear()
    seconds = {name: [0.0] * rounds for name in found}
    for turn in range(rounds):
        for image in images:
            for name, read in found.items():
                started = perf_counter()
                read(image)
                seconds[name][turn] += perf_counter() - started
    first, *_ = found
    references = [name for name in found if name.startswith("RapidOCR")]
    return [
        _row(name, read, seconds[first], seconds[name], len(images), texts, references, truth)
        for name, read in found.items()
    ]


def _row(
    name: str,
    read: Read,
    baseline: Sequence[float],
    seconds: Sequence[float],
    count: int,
    texts: Mapping[str, Sequence[str]],
    references: Sequence[str],
    truth: Sequence[str] | None,
) -> Row:
    split = read.split if isinstance(read, VislexReader) else {}
    each_ms = 1000 / (count * len(seconds))
    return Row(
        reader=name,
        ms_per_image=sum(seconds) * each_ms,
        speed=ratio(seconds, baseline),
        cer={ref: error_rate(texts[ref], texts[name]) for ref in references if ref != name},
        pair_f1=None if truth is None else pair_f1(truth, texts[name]),
        split_ms={stage: taken * each_ms for stage, taken in split.items()},
    )


def error_rate(expected: Sequence[str], found: Sequence[str]) -> float:
    """CER: edits per character of all the expected texts together."""
    edits = sum(character_errors(a, b) for a, b in zip(expected, found, strict=True))
    return edits / max(1, sum(map(len, expected)))


def pair_f1(truth: Sequence[str], found: Sequence[str]) -> float:
    """F1 of the pairs of neighbouring characters, which the order of lines does not touch.

    Full and half width count as one, as do spaces and none: what is drawn does not tell them apart.
    "<" and ">" are left out: the samples draw them as marks that no truth lists, and v6 reads them.
    """
    hits = wanted = got = 0
    for expected, answered in zip(map(_pairs, truth), map(_pairs, found), strict=True):
        hits += (expected & answered).total()
        wanted += expected.total()
        got += answered.total()
    return 2 * hits / max(1, wanted + got)


_LEFT_OUT = str.maketrans("", "", " <>")


def _pairs(text: str) -> Counter[str]:
    lines = unicodedata.normalize("NFKC", text).translate(_LEFT_OUT).splitlines()
    return Counter(line[i : i + 2] for line in lines for i in range(len(line) - 1))


def truth_of(paths: Sequence[Path], root: Path) -> list[str] | None:
    """The texts drawn on images, from `manifest.json` in `root` or above; None where one has none.

    `samples/README.md` describes the file.
    """
    manifest = next((p for p in (root, *root.parents) if (p / "manifest.json").is_file()), None)
    if manifest is None:
        return None
    rows = json.loads((manifest / "manifest.json").read_text(encoding="utf-8")).get("images", [])
    texts = {row["path"]: "\n".join(row["text"]) for row in rows}
    names = [path.relative_to(manifest).as_posix() for path in paths]
    return [texts[name] for name in names] if set(names) <= set(texts) else None


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, and a second one of where our readers' time went."""
    references = [row.reader for row in rows if row.reader.startswith("RapidOCR")]
    titles = ["reader", "ms", "speed", "(least)", *(f"CER to {r}" for r in references), "pair F1"]
    cells = [
        [row.reader, f"{row.ms_per_image:.1f}", f"{row.speed.value:.2f}", f"{row.speed.least:.2f}"]
        + [f"{row.cer[ref]:.2%}" if ref in row.cer else "" for ref in references]
        + ["" if row.pair_f1 is None else f"{row.pair_f1:.4f}"]
        for row in rows
    ]
    timed = [row for row in rows if row.split_ms]
    stages = list(timed[0].split_ms) if timed else []
    parts = [
        [r.reader, f"{r.ms_per_image:.1f}", *(f"{r.split_ms.get(s, 0.0):.1f}" for s in stages)]
        for r in timed
    ]
    return f"{_markdown(titles, cells)}\n\n{_markdown(['reader', 'ms', *stages], parts)}"


def _markdown(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    rows = [titles, ["---"] * len(titles), *cells]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(argv: Sequence[str] | None = None) -> int:
    return guard(_PROG, lambda: _compare(_parser().parse_args(argv)))


def _parser() -> argparse.ArgumentParser:
    parser = new_parser(_PROG, __doc__, "samples/queries --limit 10 --rounds 3 --ocr v4")
    parser.add_argument("images", type=Path, metavar="IMAGES", help="a folder")
    parser.add_argument("--limit", type=int, default=24, help="of images (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="timed (default %(default)s)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: all cores")
    parser.add_argument("--ocr", nargs="+", choices=tuple(WHEELS), default=tuple(WHEELS))
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--out", type=Path, metavar="FILE", help="the same as JSON")
    return parser


def _compare(args: argparse.Namespace) -> None:
    cv2.setNumThreads(args.threads)
    paths = choose_images(args.images, args.limit)
    with tempfile.TemporaryDirectory() as work:
        found = readers(Path(work), args.ocr, args.engines, args.threads)
        rows = measure(
            [load_image(path) for path in paths], found, args.rounds, truth_of(paths, args.images)
        )
    told = (
        f"{len(paths)} images of {args.images.name}, {args.rounds} rounds, {args.threads} threads"
    )
    machine = describe_machine()
    print(f"{told}; {machine.processor}, {machine.cores} cores, load {machine.load_before}\n")
    print(table(rows))
    if args.out is not None:
        values = {"run": told, "machine": asdict(machine), "rows": [asdict(row) for row in rows]}
        args.out.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

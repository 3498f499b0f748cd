"""`python -m loadtest.bench`: the served pipeline beside its models alone and the libraries.

Everything runs side by side in one go: each ratio comes from runs taken in turn, so that the
machine's mood cancels out. Prints tables and writes the figures as JSON.
"""

import argparse
import json
import os
import shlex
import sys
import time
from dataclasses import asdict
from pathlib import Path

from vislex_client import VislexError as ClientError

from loadtest.full_size import measure_full_size
from loadtest.lookup import measure_lookups
from loadtest.machine import describe_machine
from loadtest.measure import Plan, measure_serving
from loadtest.reading import measure_reading
from loadtest.report import Report, goals_of
from loadtest.tables import render
from loadtest.workload import open_workload
from vislex.cli import guard, new_parser

_PROG = "python -m loadtest.bench"

SAMPLES = Path(__file__).parents[1] / "samples"


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    return guard(_PROG, lambda: _bench(given), expected=(ClientError,))


def _bench(given: list[str]) -> None:
    options = _parser().parse_args(given)
    report = measure(options, f"{_PROG} {shlex.join(given)}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(asdict(report), indent=1) + "\n", encoding="utf-8")
    print(f"{render(report)}\n\nfigures: {options.out}")


def measure(options: argparse.Namespace, command: str) -> Report:
    """Measures everything the options ask for; minutes. Raises VislexError, or the client's."""
    machine, cores = describe_machine(), os.cpu_count() or 1
    load = open_workload(options.images, options.limit, options.repository)
    plan = Plan(tuple(options.concurrency), options.pairs, options.requests, cores)
    logs = options.out.parent / "bench"
    serving = measure_serving(load, options.repository, options.gallery, logs, plan)
    reading = measure_reading(load, options.pairs, cores)
    lookups = measure_lookups(options.lookup, options.approximate)
    full_size = []
    if options.so400m is not None:
        few = load.images[: options.full_size_images]
        full_size = measure_full_size(
            options.so400m,
            options.samples,
            options.out.parent / "bench-so400m",
            few,
            max(plan.concurrency),
            options.pairs,
        )
    return Report(
        date=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        command=command,
        machine=machine,
        engine=load.engine,
        images=len(load.images),
        megapixels=load.megapixels,
        serving=serving,
        reading=reading,
        lookups=lookups,
        full_size=full_size,
        goals=goals_of(load.engine, serving, reading, lookups, full_size),
    )


def _counts(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def _parser() -> argparse.ArgumentParser:
    parser = new_parser(_PROG, __doc__, "--lookup 10000 --pairs 1")
    add = parser.add_argument
    add("--images", type=Path, default=SAMPLES / "queries", metavar="DIR")
    add("--repository", type=Path, default=Path("build/repository"), metavar="DIR")
    add("--gallery", type=Path, default=Path("build/gallery"), metavar="DIR")
    add("--out", type=Path, default=Path("build/bench.json"), metavar="FILE")
    add("--concurrency", type=_counts, default=[1, 2, 4, 8], metavar="N,N", help="1,2,4,8")
    add("--limit", type=int, default=16, help="of images, evenly spread (default %(default)s)")
    add("--pairs", type=int, default=3, help="of runs behind each ratio (default %(default)s)")
    add(
        "--requests",
        type=int,
        default=96,
        metavar="N",
        help="of the open loop, and of the look at memory (default %(default)s)",
    )
    add(
        "--lookup",
        type=_counts,
        default=[10_000, 100_000],
        metavar="N,N",
        help="gallery sizes; 1000000 takes 10 GB (default 10000,100000)",
    )
    add(
        "--approximate",
        type=_counts,
        default=[10_000],
        metavar="N,N",
        help="and with cells; 100000 take a minute to build (default 10000)",
    )
    add(
        "--so400m",
        type=Path,
        metavar="DIR",
        help="what `make bench-export` made: measures the full-size encoder, too",
    )
    add("--full-size-images", type=int, default=6, metavar="N", help="default %(default)s")
    add(
        "--samples",
        type=Path,
        default=SAMPLES / "gallery",
        metavar="DIR",
        help="images by label, for the full-size encoder's gallery",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

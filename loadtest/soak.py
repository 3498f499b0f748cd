"""`python -m loadtest.soak`: does memory stay flat over many requests of mixed sizes?"""

import argparse
import sys
from itertools import islice
from pathlib import Path

from vislex_client import VislexError as ClientError

from loadtest.payloads import endless, mixed_sizes, read_folder
from loadtest.serve import serving
from loadtest.served import measure_memory
from vislex.cli import guard, new_parser

_PROG = "python -m loadtest.soak"

_VARIANTS = 200  # sizes; more than the buckets of any model
_LOOKS = 40  # at resident memory


def main(arguments: list[str] | None = None) -> int:
    return guard(_PROG, lambda: _soak(_parser().parse_args(arguments)), expected=(ClientError,))


def _soak(options: argparse.Namespace) -> int:
    drawn = mixed_sizes(read_folder(options.images), _VARIANTS, seed=1)
    images = [one.data for one in islice(endless(drawn, seed=2), options.requests)]
    with serving(options.repository, options.gallery, Path("build/soak")) as server:
        every = max(1, options.requests // _LOOKS)
        found = measure_memory(server, images, options.concurrency, every)
    print(
        f"{found.requests} requests: {found.first_mb:.0f} MB before, {found.last_mb:.0f} MB after;"
        f" {found.growth_mb_per_1000:+.2f} MB per 1000 requests once warm"
    )
    if found.growth_mb_per_1000 > options.max_growth_mb:
        print(f"that is more than {options.max_growth_mb:g}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = new_parser(_PROG, __doc__, "--requests 2000")
    add = parser.add_argument
    add("--requests", type=int, default=20_000, metavar="N", help="default: %(default)s")
    add("--concurrency", type=int, default=4, metavar="N", help="default: %(default)s")
    add(
        "--max-growth-mb",
        type=float,
        default=1.0,
        metavar="MB",
        help="growth per 1000 requests that passes (default: %(default)s)",
    )
    add("--images", type=Path, default=Path("samples/queries"), metavar="DIR")
    add("--repository", type=Path, default=Path("build/repository"), metavar="DIR")
    add("--gallery", type=Path, default=Path("build/gallery"), metavar="DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())

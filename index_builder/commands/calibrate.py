"""`calibrate`: the decision learned again."""

import argparse
from pathlib import Path
from typing import Any

from index_builder.arguments import add_gallery, add_wait
from index_builder.calibration.queries import Query
from index_builder.calibration.recalibrate import observe_others, recalibrate
from vislex.gallery.lock import locked
from vislex.gallery.recipe import read_recipe
from vislex.infer.repository import open_infer
from vislex.ocr.characters import read_characters
from vislex.screens.calibration import FALSE_REJECT_RATE
from vislex.screens.storage import open_gallery


def add_parsers(commands: Any) -> None:
    again = commands.add_parser(
        "calibrate", help="learn the decision again and publish it as the next version"
    )
    again.add_argument(
        "--others", type=Path, metavar="DIR", help="images known to be `other`, to learn from"
    )
    again.add_argument(
        "--false-reject-rate",
        type=float,
        default=FALSE_REJECT_RATE,
        help="share of known queries that may be turned away (default: %(default)s)",
    )
    again.add_argument(
        "--least-confidence",
        type=float,
        metavar="C",
        help="known from this confidence on (default: what the false-reject rate gives)",
    )
    add_gallery(again)
    add_wait(again)
    again.set_defaults(run=_calibrate)


def _calibrate(options: argparse.Namespace) -> None:
    repository = options.repository
    others: list[Query] = []
    if options.others is not None:
        others = observe_others(options.others, open_infer(repository), read_characters(repository))
    with locked(options.gallery, options.wait, make=False) as lock:
        gallery = open_gallery(options.gallery, read_recipe(repository))
        version = recalibrate(
            lock, gallery, others, options.false_reject_rate, options.least_confidence
        )
    print(f"{options.gallery}: {version} published, calibrated with {len(others)} others")

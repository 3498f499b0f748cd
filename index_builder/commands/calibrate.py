"""`calibrate`: learns the decision again, with what an operator teaches and sets."""

import argparse
from dataclasses import replace
from pathlib import Path

from index_builder.arguments import add_gallery, add_wait
from index_builder.calibration.recalibrate import (
    chosen,
    observe_others,
    recalibrated,
    with_others,
    without_others,
)
from index_builder.calibration.taught import taught
from index_builder.ingest.models import models_of
from index_builder.ingest.observe import Seen
from index_builder.say import say
from vislex.cli import Commands
from vislex.errors import InvalidOption
from vislex.gallery.lock import locked
from vislex.gallery.recipe import read_recipe
from vislex.gallery.versions import current_version
from vislex.rows import Remarks
from vislex.screens.calibration import FALSE_REJECT_RATE
from vislex.screens.gallery import Gallery
from vislex.screens.storage import open_gallery, publish_gallery


def add_parsers(commands: Commands) -> None:
    again = commands.add_parser("calibrate")
    again.description = (
        "Learns the decision again. What is not named here stays as it was set: known "
        "others, the false-reject rate, the least confidence."
    )
    again.add_argument(
        "--others",
        type=Path,
        metavar="DIR",
        help="more images known to be `other`, to learn from",
    )
    again.add_argument(
        "--forget-others",
        nargs="*",
        metavar="ID",
        help="forget known others, those of the IDs (`list --label other`) or all, before --others",
    )
    again.add_argument(
        "--false-reject-rate",
        metavar="R",
        default=argparse.SUPPRESS,
        help=f"share of known queries that may be turned away; none: {FALSE_REJECT_RATE}",
    )
    again.add_argument(
        "--least-confidence",
        metavar="C",
        default=argparse.SUPPRESS,
        help="known from this confidence on; none: what the false-reject rate gives",
    )
    add_gallery(again)
    add_wait(again)
    again.set_defaults(run=_calibrate)


def _calibrate(options: argparse.Namespace) -> None:
    current_version(options.gallery)  # before images are read for a gallery that is not there
    recipe = read_recipe(options.repository)
    seen = None
    if options.others is not None:
        remarks = Remarks()
        try:
            seen = observe_others(options.others, models_of(options.repository, None)[0], remarks)
        finally:
            say(remarks)
    with locked(options.gallery, options.wait_seconds, make=False) as lock:
        draft = recalibrated(_told(open_gallery(options.gallery, recipe), options, seen))
        version = publish_gallery(lock, draft)
    known = len(draft.others)
    print(f"{options.gallery}: {version} published, calibrated with {known} others")
    if words := taught(draft):
        print(f"  {words}")


def _told(gallery: Gallery, options: argparse.Namespace, seen: Seen | None) -> Gallery:
    """The gallery with the choices of the command, before the calibration is learned."""
    if options.forget_others is not None:
        gallery = without_others(gallery, options.forget_others)
    if seen is not None:
        gallery = with_others(gallery, seen)
    before = gallery.calibration
    rate = _share(options, "false_reject_rate", before.false_reject_rate)
    least = _share(options, "least_confidence", before.least_confidence)
    rate = FALSE_REJECT_RATE if rate is None else rate
    return replace(gallery, calibration=chosen(before, rate, least))


def _share(options: argparse.Namespace, name: str, before: float | None) -> float | None:
    """The value of an option, None for `none`; `before` if it is not given."""
    given = getattr(options, name, None)
    if given is None:
        return before
    try:
        return None if given == "none" else float(given)
    except ValueError:
        what = f"--{name.replace('_', '-')}"
        raise InvalidOption(f"{what} is {given!r}; expected a number, or none") from None

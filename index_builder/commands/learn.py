"""`learn`: adds corrected answers to the gallery."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from index_builder.arguments import add_gallery, add_url, add_wait
from index_builder.calibration.taught import taught
from index_builder.ingest.feedback import read_feedback
from index_builder.ingest.models import models_of
from index_builder.learn import Learned, falls, figures_of, learn
from index_builder.say import say
from vislex.cli import Commands
from vislex.gallery.lock import locked
from vislex.rows import Remarks
from vislex.screens.storage import open_gallery, publish_gallery

WORSE = 3  # exit status: prepared but not published, because a figure fell


def add_parsers(commands: Commands) -> None:
    parser = commands.add_parser("learn")
    parser.add_argument(
        "feedback",
        type=Path,
        metavar="FEEDBACK",
        help="rows of image or id, label and answer (.jsonl, .csv, .tsv, .parquet)",
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help=f"publish (default: only prepare); where a figure falls it asks, or ends with {WORSE}",
    )
    parser.add_argument(
        "--publish-worse", action="store_true", help="publish whatever the figures say"
    )
    add_gallery(parser)
    add_url(parser)
    add_wait(parser)
    parser.set_defaults(run=_learn)


def _learn(options: argparse.Namespace) -> int:
    root: Path = options.gallery
    remarks = Remarks()
    try:
        feedback = read_feedback(options.feedback, remarks)
        models, recipe = models_of(options.repository, options.url)
        with locked(root, options.wait_seconds, make=False) as lock:
            before = open_gallery(root, recipe)
            learned = learn(before, feedback, models, remarks)
            if not learned.changed:
                print(f"{root}: {before.version} is as it would be; nothing to do")
                return 0
            _report(root, learned)
            fell = falls(learned)
            publish = options.publish_worse or (options.yes and (not fell or _agreed(fell)))
            version = publish_gallery(lock, learned.gallery, publish=publish)
    finally:
        say(remarks)
    if publish:
        print(f"{root}: {version} published")
        return 0
    print(
        f"{root}: {version} is ready but not live; make it live with\n"
        f"  vislex-index publish {version} --gallery {quote(str(root))}"
    )
    if options.yes:
        print(f"not published: {'; '.join(fell)} (--publish-worse publishes it)", file=sys.stderr)
        return WORSE
    return 0


def _report(root: Path, learned: Learned) -> None:
    more = f", {learned.removed} taken out" if learned.removed else ""
    more += f", {learned.as_before} as they were" if learned.as_before else ""
    print(
        f"{root}: {learned.added} images added, {learned.relabelled} relabelled, "
        f"{learned.others} of `other` learned from{more}"
    )
    print(figures_of(learned))
    if words := taught(learned.gallery):
        print(f"taught: {words}")


def _agreed(fell: Sequence[str]) -> bool:
    """Asks the person at the terminal; without a terminal the answer is no."""
    if not sys.stdin.isatty():
        return False
    return input(f"{'; '.join(fell)}. Publish it all the same? [y/N] ").strip().lower() == "y"

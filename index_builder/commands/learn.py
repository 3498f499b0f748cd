"""`learn`: corrected answers into the gallery."""

import argparse
from pathlib import Path
from typing import Any

from index_builder.arguments import add_gallery, add_url, add_wait
from index_builder.ingest.models import models_of
from index_builder.learn import figures_of, learn, read_feedback
from vislex.gallery.lock import locked
from vislex.screens.storage import open_gallery, publish_gallery


def add_parsers(commands: Any) -> None:
    parser = commands.add_parser(
        "learn", help="add corrected images, calibrate, and say what that changes"
    )
    parser.add_argument("feedback", type=Path, metavar="FEEDBACK.jsonl")
    parser.add_argument("--yes", action="store_true", help="publish (default: only prepare)")
    add_gallery(parser)
    add_url(parser)
    add_wait(parser)
    parser.set_defaults(run=_learn)


def _learn(options: argparse.Namespace) -> None:
    root: Path = options.gallery
    feedback = read_feedback(options.feedback)
    models, recipe = models_of(options.repository, options.url)
    with locked(root, options.wait, make=False) as lock:
        learned = learn(open_gallery(root, recipe), root, feedback, models)
        version = publish_gallery(lock, learned.gallery, publish=options.yes)
    print(
        f"{root}: {learned.added} images added, {learned.relabelled} relabelled, "
        f"{learned.others} of `other` learned from"
    )
    print(figures_of(learned))
    if options.yes:
        print(f"{root}: {version} published")
    else:
        print(f"{root}: {version} is ready and not live; make it so with\n"
              f"  python -m index_builder publish {version} --gallery {root}")  # fmt: skip

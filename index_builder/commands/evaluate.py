"""`evaluate`: labelled queries judged, with a report."""

import argparse
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from vislex_client import Client, InvalidRequest

from index_builder.arguments import add_gallery, add_options, options_from
from index_builder.evaluation.classifiers import core_classifier, served_classifier, served_sight
from index_builder.evaluation.evaluate import evaluate
from index_builder.evaluation.variants import compare
from index_builder.report.view import view_of
from vislex.errors import InvalidInput
from vislex.gallery.recipe import read_recipe
from vislex.screens.storage import open_gallery

SERVED_WORKERS = 8  # requests in flight, so that the server can batch


def add_parsers(commands: Any) -> None:
    judge = commands.add_parser(
        "evaluate", help="judge QUERIES/<label>/*, with `other` as the label of unknown screens"
    )
    judge.add_argument("queries", type=Path, metavar="QUERIES")
    judge.add_argument("--report", type=Path, required=True, metavar="OUT")
    judge.add_argument("--url", metavar="HOST:PORT", help="ask a server (default: this process)")
    judge.add_argument(
        "--images", type=Path, metavar="DIR", help="what the gallery was built from, for the report"
    )
    judge.add_argument(
        "--leave-class-out", action="store_true",
        help="also judge the gallery by itself: each class in turn is `other`",
    )  # fmt: skip
    add_options(judge)
    add_gallery(judge)
    judge.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    choices = options_from(options)
    served = options.url is not None
    recipe = None if served else read_recipe(options.repository)
    gallery = open_gallery(options.gallery, recipe)
    if served:
        client = Client(options.url)
        ask, sight = served_classifier(client, choices, gallery), served_sight(client)
    else:
        ask, sight = core_classifier(options.repository, gallery, choices), None
    _, metrics = evaluate(
        options.queries,
        options.report,
        ask,
        view_of(gallery, options.images),
        compare=partial(
            compare, gallery=gallery, options=choices, leave_out=options.leave_class_out
        ),
        facts={
            "gallery": f"{gallery.version}, {len(gallery.items)} images",
            "encoder": f"{gallery.recipe.encoder[:12]}, {gallery.recipe.dim}-d",
            **{name: str(value) for name, value in asdict(choices).items()},
            "run by": f"the server at {options.url}" if served else "the core in this process",
        },
        sight=sight,
        workers=SERVED_WORKERS if served else 1,
        refusals=(InvalidInput, InvalidRequest),
    )
    for name, value in metrics.shares().items():
        print(f"{name:<34}{'-' if value is None else f'{value:.4f}'}")
    print(f"report: {options.report / 'report.html'}")

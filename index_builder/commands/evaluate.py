"""`evaluate`: judges labelled queries and writes a report."""

import argparse
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path

from vislex_client import Client, InvalidRequest

from index_builder.arguments import add_gallery, add_options, add_report, options_from
from index_builder.evaluation.classifiers import core_classifier, served_classifier, served_sight
from index_builder.evaluation.evaluate import evaluate
from index_builder.evaluation.judged import require_answers
from index_builder.evaluation.variants import compare
from index_builder.report.view import view_of
from index_builder.report.write import write_evaluation
from index_builder.say import say
from vislex.cli import Commands
from vislex.errors import InvalidInput
from vislex.gallery.recipe import read_recipe
from vislex.rows import Remarks
from vislex.screens.storage import open_gallery


def add_parsers(commands: Commands) -> None:
    judge = commands.add_parser("evaluate")
    judge.add_argument("queries", type=Path, metavar="QUERIES")
    add_report(judge, "report.html", required=True)
    judge.add_argument("--url", metavar="HOST:PORT", help="ask a server (default: this process)")
    judge.add_argument(
        "--images", type=Path, metavar="DIR", help="what the gallery was built from, for the report"
    )
    judge.add_argument(
        "--leave-class-out",
        action="store_true",
        help="also judge the gallery by itself: each class in turn is `other`",
    )
    add_options(judge)
    add_gallery(judge)
    judge.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    choices = options_from(options)
    recipe = None if options.url else read_recipe(options.repository)
    gallery = open_gallery(options.gallery, recipe)
    remarks = Remarks()
    with ExitStack() as stack:
        asked = "the core in this process"
        ask, sight, workers = None, None, 1
        if options.url:
            client = stack.enter_context(Client.patient(options.url))
            client.health()  # a server that is not there is one message, and at once
            asked, workers = f"the server at {options.url}", client.in_flight
            ask, sight = served_classifier(client, choices, gallery), served_sight(client)
        evaluation = evaluate(
            options.queries,
            ask or core_classifier(options.repository, gallery, choices),
            gallery.labels,
            compare=partial(
                compare, gallery=gallery, options=choices, leave_out=options.leave_class_out
            ),
            sight=sight,
            workers=workers,
            refusals=(InvalidInput, InvalidRequest),
            remarks=remarks,
        )
    say(remarks)
    settings = {
        "gallery": f"{gallery.version}, {len(gallery.items)} images",
        "encoder": f"{gallery.recipe.encoder[:12]}, {gallery.recipe.dim}-d",
        **{name: str(value) for name, value in asdict(choices).items()},
        "run by": asked,
    }
    view = view_of(gallery, options.images)
    report = write_evaluation(options.report, evaluation, view, settings)
    for name, value in evaluation.metrics.shares().items():
        print(f"{name:<34}{'-' if value is None else f'{value:.4f}'}")
    print(f"report: {report}")
    require_answers(evaluation.judged, asked)

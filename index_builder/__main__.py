"""`python -m index_builder build | evaluate | calibrate`; see `--help`."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

from vislex_client import Client, InvalidRequest
from vislex_client import VislexError as ClientError

from index_builder.arguments import add_gallery, add_options, options_from
from index_builder.asked import Query
from index_builder.build import build_gallery
from index_builder.classifiers import core_classifier, served_classifier, served_sight
from index_builder.evaluate import evaluate
from index_builder.recalibrate import observe_others, recalibrate
from index_builder.variants import compare
from index_builder.view import view_of
from vislex.errors import InvalidInput, VislexError
from vislex.infer.onnx import OnnxInfer
from vislex.ocr.characters import read_characters
from vislex.openset import FALSE_REJECT_RATE
from vislex.recipe import read_recipe
from vislex.storage import open_gallery

SERVED_WORKERS = 8  # requests in flight, so that the server can batch


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except (VislexError, ClientError, OSError) as error:
        print(f"index_builder: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was published before is unchanged", file=sys.stderr)
        return 130
    return 0


def _build(options: argparse.Namespace) -> None:
    built = build_gallery(
        options.images,
        options.gallery,
        infer=OnnxInfer(options.repository),
        characters=read_characters(options.repository),
        recipe=read_recipe(options.repository),
    )
    for one in built.unreadable:
        print(f"left out {one.id}: {one.reason}", file=sys.stderr)
    if built.unreadable:
        print(f"{len(built.unreadable)} unreadable images left out", file=sys.stderr)
    for warning in built.warnings:
        print(f"note: {warning}", file=sys.stderr)
    done = "is up to date" if built.reused else "published"
    print(f"{options.gallery}: {built.version} {done}, {built.images} images")


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


def _calibrate(options: argparse.Namespace) -> None:
    repository = options.repository
    gallery = open_gallery(options.gallery, read_recipe(repository))
    others: list[Query] = []
    if options.others is not None:
        others = observe_others(options.others, OnnxInfer(repository), read_characters(repository))
    version = recalibrate(
        options.gallery, gallery, others, options.false_reject_rate, options.least_confidence
    )
    print(f"{options.gallery}: {version} published, calibrated with {len(others)} others")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m index_builder", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="embed and read IMAGES/<label>/* into a gallery")
    build.add_argument("images", type=Path, metavar="IMAGES")
    build.set_defaults(run=_build)
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
    judge.set_defaults(run=_evaluate)
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
    again.set_defaults(run=_calibrate)
    for command in (build, judge, again):
        add_gallery(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())

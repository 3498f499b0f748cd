"""`make demo`: the bundled screens through the real server, in one command.

Starts Triton on free loopback ports over the repository and gallery that `make sample-gallery`
wrote, asks it about every query over gRPC, and prints and writes what it answered.
"""

import argparse
import sys
from pathlib import Path

from vislex_client import Circuit, Client, InvalidRequest
from vislex_client import VislexError as ClientError

from export.manifest import read_manifest
from index_builder.evaluation.classifiers import served_classifier, served_sight
from index_builder.evaluation.evaluate import evaluate
from index_builder.evaluation.judged import require_answers
from index_builder.evaluation.metrics import Metrics
from index_builder.evaluation.terminal import print_table
from index_builder.report.view import view_of
from index_builder.report.write import write_evaluation
from vislex.cli import guard, new_parser
from vislex.errors import VislexError
from vislex.screens.options import Options
from vislex.screens.storage import open_gallery
from vislex.serving.server import run_triton_server

_PROG = "python -m samples.demo"

SAMPLES = Path(__file__).parent


def main(arguments: list[str] | None = None) -> int:
    build: Path = _parser().parse_args(arguments).build
    seen = f"Triton's log: {_log(build)}"
    advice = dict.fromkeys((VislexError, ClientError), seen)
    return guard(_PROG, lambda: _demo(build), expected=(ClientError,), advice=advice)


def _parser() -> argparse.ArgumentParser:
    parser = new_parser(_PROG, __doc__, "--build build")
    parser.add_argument("--build", type=Path, default=Path("build"), metavar="DIR")
    return parser


def _demo(build: Path) -> None:
    gallery = open_gallery(build / "gallery", None)
    encoder = read_manifest(build / "repository" / "siglip2")
    environment = {"VISLEX_GALLERY": str((build / "gallery").resolve())}
    with run_triton_server(
        build / "repository", environment=environment, log=_log(build)
    ) as server:
        print(f"Triton is ready at {server.grpc_url}", flush=True)
        # Nobody starts this server again: once it is gone there is no use in waiting.
        with Client.patient(server.grpc_url, circuit=Circuit()) as client:
            evaluation = evaluate(
                SAMPLES / "queries",
                served_classifier(client, Options(), gallery),
                gallery.labels,
                sight=served_sight(client),
                workers=client.in_flight,
                refusals=(InvalidRequest,),
            )
    settings = {
        "gallery": f"{gallery.version}, {len(gallery.items)} images",
        "encoder": _encoder_words(encoder.source, encoder.trained),
        "run by": "Triton over gRPC",
    }
    view = view_of(gallery, SAMPLES / "gallery")
    report = write_evaluation(build / "demo", evaluation, view, settings)
    print_table(evaluation.judged)
    _print_figures(evaluation.metrics)
    if not encoder.trained:
        print("The bundled encoder is untrained: it stands in for SigLIP2 so that everything runs.")
    print(f"report: {report}")
    require_answers(evaluation.judged, "Triton")


def _log(build: Path) -> Path:
    return build / "demo" / "tritonserver.log"


def _encoder_words(source: str, trained: bool) -> str:
    return source if trained else f"{source} (untrained stand-in)"


def _print_figures(metrics: Metrics) -> None:
    figures = (
        ("accuracy with OCR", metrics.closed_set_accuracy),
        ("accuracy without OCR", metrics.visual_only_accuracy),
        ("`other` ranked below known (AUROC)", metrics.other_auroc),
        ("images per second", metrics.images_per_s),
    )
    print()
    for name, value in figures:
        print(f"{name:<36}{'-' if value is None else f'{value:.3f}'}")


if __name__ == "__main__":
    sys.exit(main())

"""`python -m loadtest.gallery`: how a gallery scales; docs/gallery.md quotes what it prints.

index      every kind of index over synthetic vectors: time to build, to ask, and recall
versions   opening, adding to and publishing a gallery of synthetic screens
calibrate  learning the decision from one
pipeline   images a second of a build beside those of its models alone, and its memory

Times are seconds of CPU over all threads, so that a machine which others use gives the same; those
of `pipeline` are by the clock, as what it does at the same time counts once.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from index_builder.calibration.calibrate import calibrate
from index_builder.edit import calibrated, joined_with
from index_builder.ingest.models import models_of
from index_builder.ingest.pipeline import Shard
from index_builder.ingest.sources import read_sources
from index_builder.ingest.work import build_shard
from loadtest.machine import usage_of
from loadtest.paired import in_turn
from loadtest.raw import in_a_row
from loadtest.synthetic import synthetic_gallery, synthetic_items, synthetic_vectors
from vislex.cli import guard, new_parser
from vislex.contract.spec import ModelSpec, Tensors
from vislex.gallery.index import KINDS, nearest
from vislex.gallery.index_build import build_index
from vislex.gallery.items import Items
from vislex.gallery.lock import locked
from vislex.images.observe import Models
from vislex.screens.gallery import Gallery
from vislex.screens.storage import open_gallery, publish_gallery

_PROG = "python -m loadtest.gallery"

QUERIES = 200
ADDED = 100
PAIRS = 3  # of runs behind a ratio
TURNS = 3  # times the images are built again, to see whether memory grows

T = TypeVar("T")


def main() -> int:
    return guard(_PROG, lambda: _measure(_parser().parse_args()))


def _measure(options: argparse.Namespace) -> None:
    runs: dict[str, Callable[[argparse.Namespace], None]] = {
        "index": _index,
        "versions": _versions,
        "calibrate": _calibrate,
        "pipeline": _pipeline,
    }
    runs[options.what](options)


def _parser() -> argparse.ArgumentParser:
    parser = new_parser(_PROG, __doc__, "index --sizes 1000 10000")
    parser.add_argument("what", choices=("index", "versions", "calibrate", "pipeline"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--dim", type=int, default=192)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--images-a-label", type=int, default=100)
    parser.add_argument("--images", type=Path, default=Path("samples/gallery"), metavar="DIR")
    parser.add_argument("--repository", type=Path, default=Path("build/repository"), metavar="DIR")
    return parser


def _index(options: argparse.Namespace) -> None:
    print("| vectors | kind | build s | ms a query | recall@10 | width |")
    print("|---|---|---|---|---|---|")
    for count in options.sizes:
        vectors = synthetic_vectors(count, options.dim, options.images_a_label)
        queries = vectors[:: max(count // QUERIES, 1)][:QUERIES]
        for kind in options.kinds:
            index, seconds = _timed(partial(build_index, vectors, kind))
            times = [_timed(partial(nearest, index, one[np.newaxis], 5))[1] for one in queries]
            recall, width = index.recall.get("recall", 1.0), index.recall.get("width", "all")
            print(
                f"| {count} | {kind} | {seconds:.2f} | {1e3 * float(np.median(times)):.2f} | "
                f"{recall:.4f} | {width} |",
                flush=True,
            )


def _versions(options: argparse.Namespace) -> None:
    print("| images | publish s | on disk MB | open s | memory MB | add 100 s | publish that s |")
    print("|---|---|---|---|---|---|---|")
    for count in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            published = _timed(partial(_publish_synthetic, root, count, options))[1]
            size = sum(path.stat().st_size for path in (root / "v000001").iterdir())
            before = usage_of(os.getpid()).memory_mb
            gallery, opened = _timed(partial(open_gallery, root, None))
            memory = usage_of(os.getpid()).memory_mb - before
            new = Items.of(synthetic_items(ADDED, 1, seed=1, prefix="new"))
            vectors = synthetic_vectors(ADDED, options.dim, 1, seed=1)
            grown, adding = _timed(partial(joined_with, gallery, new, vectors))
            again = _timed(partial(_publish, root, calibrated(grown, anew=False)[0]))[1]
            print(
                f"| {count} | {published:.2f} | {size / 1e6:.0f} | {opened:.2f} | {memory:.0f} | "
                f"{adding:.2f} | {again:.2f} |",
                flush=True,
            )


def _calibrate(options: argparse.Namespace) -> None:
    print("| images | labels | calibrate s | peak memory MB |\n|---|---|---|---|")
    for count in options.sizes:
        draft = synthetic_gallery(count, options.images_a_label, options.dim)
        seconds = _timed(partial(calibrate, draft))[1]
        print(f"| {count} | {len(draft.labels)} | {seconds:.1f} | {_peak_mb():.0f} |", flush=True)


def _pipeline(options: argparse.Namespace) -> None:
    models, recipe = models_of(options.repository, None)
    calls: list[tuple[ModelSpec, Tensors]] = []

    def noted(model: ModelSpec, inputs: Tensors) -> Tensors:
        calls.append((model, inputs))
        return models.infer(model, inputs)

    def build(images: Path, by: Models) -> None:
        with tempfile.TemporaryDirectory() as folder:
            build_shard(images, Path(folder), by, recipe, Shard())

    alone = in_a_row(options.repository)

    def ask_again() -> None:
        for model, inputs in calls:
            alone(model, inputs)

    count = sum(1 for _ in read_sources(options.images))
    with tempfile.TemporaryDirectory() as folder:
        # Once for what the models are asked, which warms them up as well.
        build(options.images, Models(noted, models.characters, models.dim))
        ask_again()
        found = in_turn(partial(build, options.images, models), ask_again, PAIRS)
        calls.clear()
        print(f"models alone   {found.seconds_b / count:.3f} s an image, in a row on all cores")
        print(f"pipeline       {found.value:.3f} of their speed ({found.least:.3f} at least)")
        memory = usage_of(os.getpid()).memory_mb
        many = Path(folder, "many.jsonl")
        many.write_text("".join(_repeated(options.images)), encoding="utf-8")
        build(many, models)
        after = usage_of(os.getpid()).memory_mb
        print(f"memory         {memory:.0f} MB, {after:.0f} MB after {TURNS} times more")
        print(f"peak memory    {_peak_mb():.0f} MB")


def _repeated(images: Path) -> Iterator[str]:
    for turn in range(TURNS):
        for one in read_sources(images):
            row = {"path": str(Path(one.location).absolute()), "label": one.label}
            yield json.dumps(row | {"id": f"{turn}/{one.id}"}) + "\n"


def _publish_synthetic(root: Path, count: int, options: argparse.Namespace) -> None:
    _publish(root, synthetic_gallery(count, options.images_a_label, options.dim))


def _publish(root: Path, gallery: Gallery) -> str:
    with locked(root) as lock:
        return publish_gallery(lock, gallery)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """What came of it, and the seconds of CPU it took: the same on a machine that others use."""
    began = time.process_time()
    done = work()
    return done, time.process_time() - began


def _peak_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())

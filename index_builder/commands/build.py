"""`build` and `merge`: labelled images into a new version."""

import argparse
import sys
from pathlib import Path

from index_builder.arguments import add_gallery, add_root, add_url, add_wait
from index_builder.build import Built, build_gallery, merge_shards
from index_builder.ingest.models import models_of
from index_builder.ingest.pipeline import Shard
from index_builder.ingest.work import build_shard, work_of
from index_builder.say import plain, say
from vislex.cli import Commands
from vislex.errors import InvalidOption, VislexError
from vislex.gallery.index import KINDS
from vislex.gallery.lock import locked
from vislex.rows import Remarks


def add_parsers(commands: Commands) -> None:
    build = commands.add_parser("build")
    build.add_argument(
        "images",
        type=Path,
        metavar="IMAGES",
        help="a folder IMAGES/<label>/*, or a manifest (.csv, .jsonl, .parquet) of path and label",
    )
    build.add_argument("--shards", type=int, default=1, metavar="N", help="split the work in N")
    build.add_argument(
        "--shard",
        type=int,
        metavar="I",
        help="do part I of 0..N-1 and publish nothing; `merge` publishes all",
    )
    merge = commands.add_parser("merge")
    merge.add_argument("--shards", type=int, required=True, metavar="N")
    for command in (build, merge):
        command.add_argument(
            "--index", choices=KINDS, help="how it is searched (default: as it was, or flat)"
        )
        command.add_argument(
            "--work", type=Path, metavar="DIR", help="where shards keep their work, shared by all"
        )
        command.add_argument(
            "--forget-taught",
            action="store_true",
            help="leave what the gallery was taught and set beyond IMAGES: learned images, known "
            "others, the false-reject rate, the least confidence (default: all of it is kept)",
        )
        add_wait(command)
    add_gallery(build)
    add_root(merge)
    add_url(build)
    build.set_defaults(run=_build)
    merge.set_defaults(run=_merge)


def _build(options: argparse.Namespace) -> None:
    models, recipe = models_of(options.repository, options.url)
    if options.shard is None:
        if options.shards != 1:
            raise InvalidOption("--shards N needs --shard I, the part that this process does")
        remarks = Remarks()
        try:
            built = build_gallery(
                options.images,
                options.gallery,
                models=models,
                recipe=recipe,
                kind=options.index,
                wait_s=options.wait_seconds,
                forget=options.forget_taught,
                remarks=remarks,
            )
        except VislexError:
            say(remarks)
            raise
        _report(options.gallery, built)
        return
    if not 0 <= options.shard < options.shards:
        raise InvalidOption(f"--shard is {options.shard}; expected 0 to {options.shards - 1}")
    shard = Shard(options.shard, options.shards)
    folder = options.work or work_of(options.gallery, "build")
    remarks = Remarks()
    images = build_shard(options.images, folder, models, recipe, shard, remarks)
    say(remarks)
    print(f"{folder}: shard {shard.number} of {shard.of} is done, {images} images")


def _merge(options: argparse.Namespace) -> None:
    folder = options.work or work_of(options.gallery, "build")
    with locked(options.gallery, options.wait_seconds) as lock:
        built = merge_shards(
            lock, folder, options.shards, options.index, forget=options.forget_taught
        )
    _report(options.gallery, built)


def _report(root: Path, built: Built) -> None:
    for image in built.unreadable:
        print(f"left out {plain(image.id)}: {plain(image.reason)}", file=sys.stderr)
    if built.unreadable:
        print(f"{len(built.unreadable)} unreadable images left out", file=sys.stderr)
    say(Remarks(built.remarks.left_out, [*built.remarks.notes, *built.warnings]))
    done = "is up to date" if built.reused else "published"
    print(f"{root}: {built.version} {done}, {built.images} images")

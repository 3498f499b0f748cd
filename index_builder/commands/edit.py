"""`add`, `remove` and `relabel`: change the live gallery by publishing a next version."""

import argparse
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path

from index_builder.arguments import add_dry_run, add_gallery, add_root, add_url, add_wait
from index_builder.edit import (
    add_images,
    calibrated,
    change_of,
    relabel_images,
    remove_images,
    summary,
)
from index_builder.ingest.models import models_of
from index_builder.ingest.sources import read_sources
from index_builder.inspect.labels import labels_of, odd_labels
from index_builder.inspect.warnings import copies
from index_builder.say import few, say
from vislex.cli import Commands
from vislex.errors import InvalidOption
from vislex.gallery.lock import locked
from vislex.rows import Remarks
from vislex.screens.gallery import Gallery
from vislex.screens.storage import open_gallery, publish_gallery


def add_parsers(commands: Commands) -> None:
    add = commands.add_parser("add")
    add.add_argument("images", type=Path, metavar="IMAGES", help="as for `build`")
    remove = commands.add_parser("remove")
    remove.add_argument("ids", nargs="*", metavar="ID")
    remove.add_argument("--label", action="append", default=[], metavar="LABEL", help="repeatable")
    relabel = commands.add_parser("relabel")
    relabel.add_argument("ids", nargs="*", metavar="ID")
    relabel.add_argument("--label", action="append", default=[], metavar="LABEL", help="repeatable")
    relabel.add_argument("--to", required=True, metavar="LABEL", help="the right label")
    add_gallery(add)
    add_url(add)
    add.set_defaults(run=_add)
    for command, run in ((remove, _remove), (relabel, _relabel)):
        add_root(command)
        command.set_defaults(run=run)
    for command in (add, remove, relabel):
        add_wait(command)
        add_dry_run(command)
        command.add_argument(
            "--calibrate",
            choices=("auto", "learn", "keep"),
            default="auto",
            help="learn the decision again, or keep it (auto: learn up to 2,000 images)",
        )


def _add(options: argparse.Namespace) -> None:
    remarks = Remarks()
    if options.dry_run:
        sources = list(read_sources(options.images, remarks))
        say(remarks)
        known = set(open_gallery(options.gallery, None).items.ids)
        _say(
            options.gallery,
            "would add",
            [source.id for source in sources if source.id not in known],
        )
        _say(
            options.gallery,
            "would replace",
            [source.id for source in sources if source.id in known],
        )
        return
    models, recipe = models_of(options.repository, options.url)

    def change(before: Gallery) -> Gallery:
        if before.recipe != recipe:
            open_gallery(options.gallery, recipe)  # which says what differs
        try:
            return add_images(before, options.gallery, options.images, models, remarks)
        finally:
            say(remarks)

    _change(options, change)


def _remove(options: argparse.Namespace) -> None:
    if not options.ids and not options.label:
        raise InvalidOption("nothing to remove; expected ids, or --label LABEL")
    ids = set(options.ids)
    _change(options, lambda before: remove_images(before, ids, labels_of(before, options.label)))


def _relabel(options: argparse.Namespace) -> None:
    if not options.ids and not options.label:
        raise InvalidOption("nothing to relabel; expected ids, or --label LABEL")
    ids = dict.fromkeys(options.ids, options.to)

    def change(before: Gallery) -> Gallery:
        labels = dict.fromkeys(labels_of(before, options.label), options.to)
        return relabel_images(before, ids, labels)

    _change(options, change)


def _change(options: argparse.Namespace, change: Callable[[Gallery], Gallery]) -> None:
    """Makes the change and publishes it, or only says what it is."""
    root: Path = options.gallery
    wait_s: float = options.wait_seconds
    with nullcontext() if options.dry_run else locked(root, wait_s, make=False) as lock:
        before = open_gallery(root, None)
        items, others = before.items, len(before.others)
        after = change(before)
        changes = change_of(items, after.items)
        if not changes:
            print(f"{root}: {before.version} is as it would be; nothing to do")
            return
        done = "would " if lock is None else ""
        _say(root, f"{done}add", changes.added)
        _say(root, f"{done}remove", changes.removed)
        _say(root, f"{done}relabel", [f"{i}: {a} -> {b}" for i, a, b in changes.relabelled])
        _say(root, f"{done}replace", changes.replaced)
        print(summary(items, after.items))
        say(Remarks(notes=[*copies(after.items, changes.touched), *odd_labels(after.items.labels)]))
        if len(after.others) < others:
            print(f"  known others: {others} -> {len(after.others)}, as they are of a label now")
        if lock is None:
            return
        anew = {"auto": None, "learn": True, "keep": False}[options.calibrate]
        draft, word = calibrated(after, anew)
        version = publish_gallery(lock, draft)
        print(f"{root}: {version} published, {len(after.items)} images; {word}")


def _say(root: Path, verb: str, what: Iterable[str]) -> None:
    names = list(what)
    if names:
        print(f"{root}: {verb} {len(names)}: {few(names)}")

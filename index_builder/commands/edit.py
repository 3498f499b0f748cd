"""`add`, `remove` and `relabel`: a live gallery changed, as its next version."""

import argparse
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

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
from vislex.errors import InvalidInput
from vislex.gallery.lock import locked
from vislex.screens.gallery import Gallery
from vislex.screens.storage import open_gallery, publish_gallery


def add_parsers(commands: Any) -> None:
    add = commands.add_parser("add", help="add IMAGES; an id that is there gets the new image")
    add.add_argument("images", type=Path, metavar="IMAGES", help="as for `build`")
    remove = commands.add_parser("remove", help="remove images by id, or whole labels")
    remove.add_argument("ids", nargs="*", metavar="ID")
    remove.add_argument("--label", action="append", default=[], metavar="LABEL", help="repeatable")
    relabel = commands.add_parser("relabel", help="give images, or a whole label, another label")
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
            "--calibrate", choices=("auto", "learn", "keep"), default="auto",
            help="learn the decision again, or keep it (auto: learn up to 2,000 images)",
        )  # fmt: skip


def _add(options: argparse.Namespace) -> None:
    if options.dry_run:
        found = list(read_sources(options.images))
        known = set(open_gallery(options.gallery, None).items.ids)
        _say(options.gallery, "would add", [one.id for one in found if one.id not in known])
        _say(options.gallery, "would replace", [one.id for one in found if one.id in known])
        return
    models, recipe = models_of(options.repository, options.url)

    def change(before: Gallery) -> Gallery:
        if before.recipe != recipe:
            open_gallery(options.gallery, recipe)  # which says what differs
        after, unreadable = add_images(before, options.gallery, options.images, models)
        for one in unreadable:
            print(f"left out {one.id}: {one.reason}", file=sys.stderr)
        return after

    _change(options, change)


def _remove(options: argparse.Namespace) -> None:
    if not options.ids and not options.label:
        raise InvalidInput("nothing to remove; expected ids, or --label LABEL")
    _change(options, lambda before: remove_images(before, set(options.ids), set(options.label)))


def _relabel(options: argparse.Namespace) -> None:
    if not options.ids and not options.label:
        raise InvalidInput("nothing to relabel; expected ids, or --label LABEL")
    ids, labels = (dict.fromkeys(names, options.to) for names in (options.ids, options.label))
    _change(options, lambda before: relabel_images(before, ids, labels))


def _change(options: argparse.Namespace, change: Callable[[Gallery], Gallery]) -> None:
    """Makes the change and publishes it, or only says what it is."""
    root: Path = options.gallery
    with nullcontext() if options.dry_run else locked(root, options.wait, make=False) as lock:
        before = open_gallery(root, None)
        items = before.items
        after = change(before)
        found = change_of(items, after.items)
        if not found:
            print(f"{root}: {before.version} is as it would be; nothing to do")
            return
        done = "would " if lock is None else ""
        _say(root, f"{done}add", found.added)
        _say(root, f"{done}remove", found.removed)
        _say(root, f"{done}relabel", [f"{i}: {a} -> {b}" for i, a, b in found.relabelled])
        _say(root, f"{done}replace", found.replaced)
        print(summary(items, after.items))
        if lock is None:
            return
        anew = {"auto": None, "learn": True, "keep": False}[options.calibrate]
        draft, word = calibrated(after, anew)
        version = publish_gallery(lock, draft)
        print(f"{root}: {version} published, {len(after.items)} images; {word}")


def _say(root: Path, verb: str, what: Iterable[str]) -> None:
    names = list(what)
    if names:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        print(f"{root}: {verb} {len(names)}: {', '.join(names[:5])}{more}")

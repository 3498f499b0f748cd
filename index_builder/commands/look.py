"""`list`, `show` and `diff`: what a gallery holds."""

import argparse
from collections import Counter
from contextlib import suppress
from typing import Any

import numpy as np

from index_builder.arguments import add_root
from index_builder.edit import change_of, check_known, summary
from vislex.errors import GalleryError, GalleryMissing
from vislex.gallery.index import nearest
from vislex.gallery.versions import all_versions, current_version
from vislex.screens.storage import check_gallery, open_gallery

_NEAREST = 5


def add_parsers(commands: Any) -> None:
    listing = commands.add_parser("list", help="versions, and labels or images of one")
    listing.add_argument("--label", metavar="LABEL", help="list the images of a label")
    show = commands.add_parser("show", help="one image: text, metadata, what is like it")
    show.add_argument("id", metavar="ID")
    for command, run in ((listing, _list), (show, _show)):
        command.add_argument("--version", metavar="VERSION", help="default: the live one")
        command.set_defaults(run=run)
    diff = commands.add_parser("diff", help="what changed from one version to another")
    diff.add_argument("first", metavar="V1")
    diff.add_argument("second", metavar="V2")
    diff.set_defaults(run=_diff)
    for command in (listing, show, diff):
        add_root(command)


def _list(options: argparse.Namespace) -> None:
    if options.label is None:
        _list_versions(options)
    gallery = open_gallery(options.gallery, None, options.version)
    if options.label is not None:
        check_known(gallery, (), [options.label])
        rows = zip(gallery.items.ids, gallery.items.labels, strict=True)
        print("\n".join(item_id for item_id, label in rows if label == options.label))
        return
    print()
    for label, count in sorted(Counter(gallery.items.labels).items()):
        print(f"  {count:>7}  {label}")


def _list_versions(options: argparse.Namespace) -> None:
    """The live one is marked; where none is, the next to open it says so."""
    live = ""
    with suppress(GalleryMissing):
        live = current_version(options.gallery)
    for name in all_versions(options.gallery):
        print(f"{'*' if name == live else ' '} {name}  {_of_version(options, name)}")


def _of_version(options: argparse.Namespace, name: str) -> str:
    try:
        _, manifest = check_gallery(options.gallery, None, name)
    except GalleryError as error:
        return f"cannot be used: {error}"
    recall = f", recall {manifest.recall['recall']}" if manifest.recall else ""
    source = manifest.source[:12]
    return f"{manifest.count} images, {manifest.kind}{recall}, source {source}"


def _show(options: argparse.Namespace) -> None:
    gallery = open_gallery(options.gallery, None, options.version)
    check_known(gallery, [options.id], ())
    row = gallery.items.ids.index(options.id)
    item = gallery.items[row]
    print(f"id        {item.id}\nlabel     {item.label}\nsha256    {item.sha256 or 'not kept'}")
    for name, value in item.metadata.items():
        print(f"{name:<9} {value}")
    near = nearest(gallery.index, gallery.index.vectors(np.array([row])), _NEAREST + 1)[0]
    for other, cosine in zip(near.rows.tolist(), near.similarity.tolist(), strict=True):
        if other != row:
            print(f"like it   {cosine:.4f} {gallery.items.ids[other]}")
    for line in item.lines:
        print(f"  {line.score:.2f}  {line.text}")


def _diff(options: argparse.Namespace) -> None:
    first, second = (
        open_gallery(options.gallery, None, name) for name in (options.first, options.second)
    )
    change = change_of(first.items, second.items)
    for item_id in change.added:
        print(f"+ {item_id}")
    for item_id in change.removed:
        print(f"- {item_id}")
    for item_id, before, after in change.relabelled:
        print(f"~ {item_id}: {before} -> {after}")
    for item_id in change.replaced:
        print(f"! {item_id}: another image")
    if not change:
        print(f"{options.first} and {options.second} hold the same images")
    print(summary(first.items, second.items))
    if first.calibration != second.calibration:
        print("the calibration differs")
    if first.index.kind != second.index.kind:
        print(f"the index is {second.index.kind}, was {first.index.kind}")

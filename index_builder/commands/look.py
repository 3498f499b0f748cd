"""`list`, `show` and `diff`: what a gallery holds."""

import argparse
import sys
from collections import Counter
from contextlib import suppress

import numpy as np

from index_builder.arguments import add_root, add_version
from index_builder.calibration.recalibrate import same_taught
from index_builder.calibration.taught import taught, taught_words
from index_builder.edit import change_of, check_known, summary
from index_builder.ingest.learned import is_learned
from index_builder.inspect.labels import labels_of, odd_labels
from index_builder.say import plain
from vislex.cli import Commands
from vislex.errors import GalleryError, GalleryMissing
from vislex.gallery.index import nearest
from vislex.gallery.labels import OTHER
from vislex.gallery.versions import all_versions, current_version
from vislex.screens.gallery import Gallery
from vislex.screens.storage import check_taught, open_gallery

_NEAREST = 5


def add_parsers(commands: Commands) -> None:
    listing = commands.add_parser("list")
    listing.add_argument("--label", metavar="LABEL", help="list the images of a label")
    show = commands.add_parser("show")
    show.add_argument("id", metavar="ID")
    for command, run in ((listing, _list), (show, _show)):
        add_version(command)
        command.set_defaults(run=run)
    diff = commands.add_parser("diff")
    diff.add_argument("first", metavar="V1")
    diff.add_argument("second", metavar="V2")
    diff.set_defaults(run=_diff)
    for command in (listing, show, diff):
        add_root(command)


def _list(options: argparse.Namespace) -> None:
    if options.label is None:
        _list_versions(options)
    gallery = open_gallery(options.gallery, None, options.gallery_version)
    if options.label is not None:
        _list_label(gallery, options.label)
        return
    print()
    for label, count in sorted(Counter(gallery.items.labels).items()):
        print(f"  {count:>7}  {plain(label)}")
    for note in odd_labels(gallery.items.labels):
        print(f"note: {plain(note)}", file=sys.stderr)
    if gallery.others:
        print(f"  {len(gallery.others):>7}  known to be `other`")


def _list_label(gallery: Gallery, label: str) -> None:
    """The ids of a label's images; for `other` of those that are known to be so."""
    if label == OTHER and label not in gallery.items.labels:
        print("\n".join(map(plain, gallery.others.items.ids)))
        return
    labels = labels_of(gallery, [label])
    check_known(gallery, (), labels)
    rows = zip(gallery.items.ids, gallery.items.labels, strict=True)
    print("\n".join(plain(item_id) for item_id, of in rows if of in labels))


def _list_versions(options: argparse.Namespace) -> None:
    """The live one is marked; where none is, the next to open it says so."""
    live = ""
    with suppress(GalleryMissing):
        live = current_version(options.gallery)
    for name in all_versions(options.gallery):
        print(f"{'*' if name == live else ' '} {name}  {_of_version(options, name)}")


def _of_version(options: argparse.Namespace, name: str) -> str:
    try:
        manifest, items, calibration = check_taught(options.gallery, name)
    except GalleryError as error:
        return f"cannot be used: {error}"
    recall = f", recall {manifest.recall['recall']}" if manifest.recall else ""
    source = manifest.source[:12]
    words = taught_words(items, manifest.others, calibration)
    told = f"; {words}" if words else ""
    return f"{manifest.count} images, {manifest.kind}{recall}, source {source}{told}"


def _show(options: argparse.Namespace) -> None:
    gallery = open_gallery(options.gallery, None, options.gallery_version)
    others = gallery.others.items
    if options.id in others.ids and options.id not in gallery.items.ids:
        row, items = -1, others
        place = others.ids.index(options.id)
        vector = gallery.others.vectors[place : place + 1]
    else:
        check_known(gallery, [options.id], ())
        row = place = gallery.items.ids.index(options.id)
        items, vector = gallery.items, gallery.index.vectors(np.array([row]))
    item = items[place]
    label = "known to be `other`" if items is others else plain(item.label)
    print(f"id        {plain(item.id)}\nlabel     {label}\nsha256    {item.sha256 or 'not kept'}")
    if is_learned(item.id, item.sha256) and items is not others:
        print("learned   yes; a build keeps it")
    for name, value in item.metadata.items():
        print(f"{plain(name):<9} {plain(str(value))}")
    near = nearest(gallery.index, vector, _NEAREST + 1)[0]
    for like, cosine in zip(near.rows.tolist(), near.similarity.tolist(), strict=True):
        if like != row:
            print(f"like it   {cosine:.4f} {plain(gallery.items.ids[like])}")
    for line in item.lines:
        print(f"  {line.score:.2f}  {plain(line.text)}")


def _diff(options: argparse.Namespace) -> None:
    first, second = (
        open_gallery(options.gallery, None, name) for name in (options.first, options.second)
    )
    change = change_of(first.items, second.items)
    for item_id in change.added:
        print(f"+ {plain(item_id)}")
    for item_id in change.removed:
        print(f"- {plain(item_id)}")
    for item_id, before, after in change.relabelled:
        print(f"~ {plain(item_id)}: {plain(before)} -> {plain(after)}")
    for item_id in change.replaced:
        print(f"! {plain(item_id)}: another image")
    if not change:
        print(f"{options.first} and {options.second} hold the same images")
    print(summary(first.items, second.items))
    if first.calibration != second.calibration:
        print("the calibration differs")
    if not same_taught(first, second):
        print(f"{options.first} was taught: {taught(first) or 'nothing'}")
        print(f"{options.second} was taught: {taught(second) or 'nothing'}")
    if first.index.kind != second.index.kind:
        print(f"the index is {second.index.kind}, was {first.index.kind}")

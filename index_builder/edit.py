"""Changing a gallery: images added, removed and relabelled, each time into a new version."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index_builder.calibration.calibrate import calibrate
from index_builder.ingest.images import digest_of
from index_builder.ingest.work import collected, work_of
from index_builder.say import few, plain
from vislex.errors import InvalidInput
from vislex.gallery.index_build import build_index, extended
from vislex.gallery.items import Item, Items
from vislex.gallery.labels import label_of
from vislex.images.observe import Models
from vislex.rows import LeftOut, Remarks
from vislex.screens.gallery import Gallery, read_texts
from vislex.screens.lexicon import LazyLexicon
from vislex.text.corpus import Texts, compact, joined

CALIBRATED_ANEW = 2000  # images up to which an edit learns the calibration again: some seconds


@dataclass(frozen=True)
class Change:
    """The ids that differ between two galleries, and how."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    relabelled: tuple[tuple[str, str, str], ...]  # id, label before, label after
    replaced: tuple[str, ...]  # another image under the same id

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.relabelled, self.replaced))

    @property
    def touched(self) -> set[str]:
        """The ids that the change added, replaced or relabelled."""
        return {*self.added, *self.replaced, *(item_id for item_id, _, _ in self.relabelled)}


def add_images(
    gallery: Gallery, root: Path, images: Path, models: Models, remarks: Remarks
) -> Gallery:
    """The gallery with the images of a folder or manifest; `remarks` get what cannot be read.

    An id that it has already gets the new image, and the label that comes with it. A picture that
    was known to be `other` is so no longer.
    """
    with collected(images, work_of(root, "add"), models, gallery.recipe, remarks) as new_images:
        remarks.left_out += [LeftOut(image.id, image.reason) for image in new_images.unreadable]
        new = set(new_images.items.ids)
        rows = [row for row, item_id in enumerate(gallery.items.ids) if item_id not in new]
        kept = keep_rows(gallery, np.array(rows, np.int64))
        return joined_with(kept, new_images.items, new_images.vectors)


def remove_images(gallery: Gallery, ids: Collection[str], labels: Collection[str]) -> Gallery:
    """The gallery without some images and labels.

    Raises InvalidInput for one that it does not have, and where none would be left.
    """
    check_known(gallery, ids, labels)
    rows = [
        row
        for row, (item_id, label) in enumerate(
            zip(gallery.items.ids, gallery.items.labels, strict=True)
        )
        if item_id not in ids and label not in labels
    ]
    if not rows:
        raise InvalidInput("that is every image of the gallery; at least one must stay")
    return keep_rows(gallery, np.array(rows, np.int64))


def relabel_images(gallery: Gallery, ids: Mapping[str, str], labels: Mapping[str, str]) -> Gallery:
    """The gallery with other labels: of images by id, of whole labels by name.

    Raises InvalidInput for an id or a label that it does not have, and for a new label that is
    none (see `vislex.gallery.labels`).
    """
    check_known(gallery, ids, labels)
    ids, labels = (
        {name: label_of(label) for name, label in given.items()} for given in (ids, labels)
    )

    def named(item: Item) -> Item:
        label = ids.get(item.id, labels.get(item.label, item.label))
        return item if label == item.label else replace(item, label=label)

    return _reassembled(gallery, Items.of(map(named, gallery.items)), gallery.texts)


def keep_rows(gallery: Gallery, rows: NDArray[np.int64]) -> Gallery:
    """The gallery with only some of its rows."""
    if len(rows) == len(gallery.items):
        return gallery
    vectors = np.asarray(gallery.index.vectors(rows), np.float32)
    kept = replace(gallery, index=build_index(vectors, gallery.index.kind))
    texts = compact(gallery.texts.take(rows))
    return _reassembled(kept, gallery.items.take(rows), texts)


def change_of(before: Items, after: Items) -> Change:
    """The difference between two galleries."""
    old, new = (
        dict(zip(items.ids, zip(items.labels, items.digests, strict=True), strict=True))
        for items in (before, after)
    )
    both = [item_id for item_id in new if item_id in old]
    return Change(
        tuple(item_id for item_id in new if item_id not in old),
        tuple(item_id for item_id in old if item_id not in new),
        tuple((i, old[i][0], new[i][0]) for i in both if old[i][0] != new[i][0]),
        tuple(i for i in both if old[i][1] != new[i][1]),
    )


def calibrated(gallery: Gallery, anew: bool | None) -> tuple[Gallery, str]:
    """The gallery with a calibration, and a word on where that is from.

    None decides by size: learning it takes longer than all the rest of an edit.
    """
    count = len(gallery.items)
    if anew or (anew is None and count <= CALIBRATED_ANEW):
        return replace(gallery, calibration=calibrate(gallery)), "calibration learned again"
    shifts = gallery.calibration.shifts
    labels = sorted(set(gallery.items.labels))
    kept = {label: shifts[label] for label in labels if label in shifts}
    calibration = replace(gallery.calibration, shifts=kept)
    return (
        replace(gallery, calibration=calibration),
        "calibration kept as it was; `vislex-index calibrate` learns it again",
    )


def check_known(gallery: Gallery, ids: Collection[str], labels: Collection[str]) -> None:
    """Raises InvalidInput naming ids and labels that a gallery does not have."""
    unknown = sorted(set(ids) - set(gallery.items.ids))
    unknown += sorted(set(labels) - set(gallery.items.labels))
    if unknown:
        raise InvalidInput(f"the gallery has no {few(unknown)}")


def summary(before: Items, after: Items) -> str:
    """A line for each label whose number of images changed."""
    old, new = Counter(before.labels), Counter(after.labels)
    rows = [
        f"  {plain(label)}: {old[label]} -> {new[label]} images"
        for label in sorted(old | new)
        if old[label] != new[label]
    ]
    return "\n".join(rows)


def joined_with(gallery: Gallery, items: Items, vectors: NDArray[np.float32]) -> Gallery:
    """The gallery with more images at its end, whose ids it does not have; the calibration stays.

    The images no longer count as known `other`. The index is changed in place: do not use `gallery`
    afterwards.
    """
    texts = joined(gallery.texts, read_texts(items))
    others = gallery.others.without(set(items.digests))
    grown = replace(gallery, index=extended(gallery.index, vectors), others=others)
    return _reassembled(grown, gallery.items.joined(items), texts)


def _reassembled(gallery: Gallery, items: Items, texts: Texts) -> Gallery:
    source = digest_of(zip(items.ids, items.labels, items.digests, strict=True))
    lexicon = LazyLexicon(items.labels, texts)
    return replace(gallery, items=items, lazy_lexicon=lexicon, source=source)

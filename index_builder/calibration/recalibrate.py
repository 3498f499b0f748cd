"""Calibrating a published gallery again: with known images of `other`, or other choices."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from index_builder.calibration.calibrate import calibrate
from index_builder.ingest.images import below, why_not
from index_builder.ingest.learned import learned_rows
from index_builder.ingest.observe import Seen, observe_sources
from index_builder.ingest.sources import Source
from vislex.errors import InvalidInput, InvalidOption
from vislex.gallery.labels import OTHER
from vislex.images.observe import Models
from vislex.rows import LeftOut, Remarks
from vislex.screens.calibration import Calibration
from vislex.screens.gallery import Gallery
from vislex.screens.others import NO_OTHERS


def observe_others(folder: Path, models: Models, remarks: Remarks) -> Seen:
    """Embeds and reads every image below `folder`, all of them known to be `other`.

    `remarks` get what cannot be read. Raises InvalidInput where nothing can.
    """
    if not folder.is_dir():
        what = f"{folder} is a file" if folder.exists() else f"there is no folder {folder}"
        raise InvalidInput(f"{what}; expected a folder of images")
    sources = []
    for path in below(folder):
        name = str(path.relative_to(folder))
        if why := why_not(path, name):
            remarks.left_out.append(LeftOut(name, why))
        else:
            sources.append(Source(name, OTHER, str(path)))
    if not sources:
        raise InvalidInput(f"{folder} holds no image of `other`")
    seen = observe_sources(sources, models)
    remarks.left_out += [LeftOut(image.id, image.reason) for image in seen.unreadable]
    if not len(seen.items):
        raise InvalidInput(f"no image of `other` can be read; the first, {remarks.left_out[0]}")
    return seen


def with_others(gallery: Gallery, seen: Seen) -> Gallery:
    """The gallery that knows more images to be `other`; the calibration stays.

    Raises InvalidInput for one that is an image of a label: one of the two is wrong.
    """
    ids = dict(zip(gallery.items.digests, gallery.items.ids, strict=True))
    for name, digest in zip(seen.items.ids, seen.items.digests, strict=True):
        if digest in ids:
            raise InvalidInput(
                f"{name} is the same file as {ids[digest]} of the gallery, so it is of a label; "
                "`remove` that first where it is not"
            )
    return replace(gallery, others=gallery.others.joined(seen.items, seen.vectors))


def without_others(gallery: Gallery, ids: Collection[str]) -> Gallery:
    """The gallery that knows some images, all for no id, no longer to be `other`.

    Raises InvalidInput for an id that is none of them.
    """
    others = gallery.others
    if not ids:
        return replace(gallery, others=NO_OTHERS)
    unknown = sorted(set(ids) - set(others.items.ids))
    if unknown:
        raise InvalidInput(f"the gallery knows no {', '.join(unknown)} to be `other`")
    pairs = zip(others.items.ids, others.items.digests, strict=True)
    return replace(
        gallery, others=others.without({digest for item_id, digest in pairs if item_id in ids})
    )


def chosen(
    calibration: Calibration, false_reject_rate: float, least_confidence: float | None
) -> Calibration:
    """The calibration with what an operator chose, to learn it again with.

    `least_confidence` is where a query is known from, in place of what the gallery teaches. Raises
    InvalidOption where one is not between 0 and 1.
    """
    for name, value in (
        ("false-reject rate", false_reject_rate),
        ("least confidence", least_confidence),
    ):
        if value is not None and not 0 < value < 1:
            raise InvalidOption(f"the {name} is {value}; expected above 0, below 1")
    return replace(
        calibration, false_reject_rate=false_reject_rate, least_confidence=least_confidence
    )


def recalibrated(gallery: Gallery) -> Gallery:
    """The gallery with the calibration learned again."""
    return replace(gallery, calibration=calibrate(gallery))


def same_taught(a: Gallery, b: Gallery) -> bool:
    """Whether two galleries were taught the same beyond their images."""
    return _taught(a) == _taught(b)


def _taught(gallery: Gallery) -> object:
    chosen = gallery.calibration.false_reject_rate, gallery.calibration.least_confidence
    learned = gallery.items.take(learned_rows(gallery.items))
    return set(gallery.others.items.digests), set(learned.digests), chosen

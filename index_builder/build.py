"""A folder of labelled images -> the next version of a gallery, by the steps of serving."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from index_builder.calibrate import calibrate, uncalibrated
from index_builder.images import LabelledImage, digest_of, find_images
from index_builder.warn import warnings_of
from vislex.classify import Prepared, embed, prepare
from vislex.config import DEFAULT_LIMITS, Limits
from vislex.errors import GalleryError, InvalidImage, InvalidInput
from vislex.gallery import Item, assemble, build_index
from vislex.infer import Infer
from vislex.ocr import read_text
from vislex.recipe import Recipe
from vislex.storage import publish_gallery
from vislex.versions import Manifest, current_version, read_manifest

BATCH = 8  # images embedded and read together; more gains nothing on a CPU


@dataclass(frozen=True)
class Unreadable:
    """An image that was left out, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Built:
    """What a build made: the live version and the images it had to leave out."""

    version: str
    images: int  # in the version
    unreadable: tuple[Unreadable, ...] = ()
    warnings: tuple[str, ...] = ()  # what the decision cannot tell with this gallery
    reused: bool = False  # True: the live version was already built from the same images


def build_gallery(
    images: Path,
    gallery: Path,
    *,
    infer: Infer,
    characters: Sequence[str],
    recipe: Recipe,
    limits: Limits = DEFAULT_LIMITS,
) -> Built:
    """Embeds and reads every image of `images/<label>/`, calibrates, and publishes a version.

    Where the live version was built from the same files by the same models, it stays and no work
    is done. An unreadable image is left out and listed. Raises InvalidInput when that leaves a
    label with none; then nothing is published.
    """
    found = find_images(images)
    source = digest_of(found)
    live = _live_manifest(gallery)
    if live is not None and (live.recipe, live.source) == (recipe, source):
        return Built(current_version(gallery), live.count, reused=True)
    unreadable: list[Unreadable] = []
    items: list[Item] = []
    vectors: list[NDArray[np.float32]] = []
    with tqdm(total=len(found), unit="image", desc="building") as progress:
        for batch in _batches(_prepared(found, limits, unreadable, progress)):
            prepared = [one for _, one in batch]
            vectors.append(embed(prepared, infer))
            lines = read_text([one.canvas for one in prepared], infer, characters)
            items += [
                Item(image.id, image.label, read)
                for (image, _), read in zip(batch, lines, strict=True)
            ]
            progress.update(len(batch))
    _check_labels(found, items, unreadable)
    index = build_index(np.concatenate(vectors))
    unpublished = assemble("", tuple(items), index, uncalibrated(), recipe)
    calibration = calibrate(unpublished)
    version = publish_gallery(gallery, index, items, calibration, recipe, source)
    return Built(version, len(items), tuple(unreadable), tuple(warnings_of(unpublished)))


def _live_manifest(gallery: Path) -> Manifest | None:
    """The manifest of the live version; None where there is none or it is not whole."""
    try:
        return read_manifest(gallery / current_version(gallery))
    except GalleryError:
        return None


def _prepared(
    found: Sequence[LabelledImage], limits: Limits, unreadable: list[Unreadable], progress: tqdm
) -> Iterator[tuple[LabelledImage, Prepared]]:
    for image in found:
        try:
            one = prepare(image.path.read_bytes(), limits)
        except (InvalidImage, OSError) as error:
            unreadable.append(Unreadable(image.id, str(error)))
            progress.update()
        else:
            yield image, one


def _batches(
    prepared: Iterator[tuple[LabelledImage, Prepared]],
) -> Iterator[list[tuple[LabelledImage, Prepared]]]:
    while batch := list(islice(prepared, BATCH)):
        yield batch


def _check_labels(
    found: Sequence[LabelledImage], items: Sequence[Item], unreadable: Sequence[Unreadable]
) -> None:
    empty = sorted({image.label for image in found} - {item.label for item in items})
    if empty:
        first = next(one for one in unreadable if one.id.startswith(f"{empty[0]}/"))
        raise InvalidInput(
            f"no readable image for {', '.join(empty)} ({len(unreadable)} unreadable in all, "
            f"such as {first.id}: {first.reason}); nothing was published"
        )

"""Labelled images -> the next version of a gallery, by the steps of serving."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from index_builder.calibration.calibrate import calibrate
from index_builder.ingest.images import content_of, digest_of, find_images, joined_digest
from index_builder.ingest.journal import Unreadable
from index_builder.ingest.work import Collected, collected, merged, work_of
from index_builder.inspect.returned import returned
from index_builder.inspect.warnings import warnings_of
from index_builder.kept import Kept, kept_of
from vislex.errors import GalleryError
from vislex.gallery.index import Kind
from vislex.gallery.index_build import build_index
from vislex.gallery.lock import GalleryLock, locked
from vislex.gallery.manifest import Manifest
from vislex.gallery.recipe import Recipe
from vislex.gallery.versions import current_version
from vislex.images.observe import Models
from vislex.rows import Remarks
from vislex.screens.calibration import uncalibrated
from vislex.screens.gallery import assemble
from vislex.screens.storage import check_gallery, publish_gallery


@dataclass(frozen=True)
class Built:
    """The result of a build: the live version, and the images that were left out."""

    version: str
    images: int  # in the version
    unreadable: tuple[Unreadable, ...] = ()
    warnings: tuple[str, ...] = ()  # warnings about labels that cannot be told apart
    reused: bool = False  # True: the live version was already built from the same images
    remarks: Remarks = field(default_factory=Remarks)  # given files that were not used


def build_gallery(
    images: Path,
    root: Path,
    *,
    models: Models,
    recipe: Recipe,
    kind: Kind | None = None,
    wait_s: float = 0.0,
    forget: bool = False,
    remarks: Remarks | None = None,
) -> Built:
    """Embeds and reads every image of a folder or manifest, calibrates, and publishes a version.

    What the live version was taught and set beyond its images is kept (see `index_builder.kept`),
    unless it is to `forget` it; so is its kind of index, for None. Where it was built from the same
    images by the same models, it stays, and where they are a folder no work is done. An unreadable
    image is left out and listed. Raises InvalidInput when that leaves a label with none; then
    nothing is published. Raises GalleryBusy when another process writes the gallery for more than
    `wait_s` seconds. `remarks` get what is passed over where it fails, too.
    """
    remarks = Remarks() if remarks is None else remarks
    with locked(root, wait_s) as lock:
        kept = kept_of(root, forget=forget)
        kept.check(recipe)
        kind = kind or kept.kind
        live = None if forget else _live_manifest(root)
        alike = live is not None and (live.recipe, live.kind) == (recipe, kind) and images.is_dir()
        if live and alike:
            passed = Remarks()  # the build, where there is one, looks once more
            contents = [content_of(image) for image in find_images(images, passed)]
            contents += kept.contents({sha for _, _, sha in contents})
            if live.source == digest_of(contents):
                return Built(current_version(root), live.count, reused=True, remarks=passed)
        folder = work_of(root, "build")
        with collected(images, folder, models, recipe, remarks) as collection:
            if not images.is_dir():
                kept.check_labels(collection.items.labels, remarks)
            return replace(_publish(lock, collection, recipe, kind, kept), remarks=remarks)


def merge_shards(
    lock: GalleryLock, folder: Path, shards: int, kind: Kind | None = None, *, forget: bool = False
) -> Built:
    """Publishes what all shards have done as the next version, as `build_gallery` does.

    Raises InvalidInput where a shard is missing, unfinished, or of other images or models.
    """
    with merged(folder, shards) as (collection, recipe):
        kept = kept_of(lock.root, forget=forget)
        kept.check(recipe)
        return _publish(lock, collection, recipe, kind or kept.kind, kept)


def _publish(
    lock: GalleryLock, collection: Collected, recipe: Recipe, kind: Kind, kept: Kept
) -> Built:
    learned = kept.contents(set(collection.items.digests))
    source = joined_digest(collection.source, digest_of(learned))
    live = None if kept.recipe is None else _live_manifest(lock.root)
    if live is not None and (live.recipe, live.source, live.kind) == (recipe, source, kind):
        return Built(current_version(lock.root), live.count, collection.unreadable, reused=True)
    index = build_index(collection.vectors, kind)
    draft = assemble("", collection.items, index, uncalibrated(), recipe)
    back = returned(lock.root, kept.items, draft.items, kept.others.items)
    draft, notes = kept.onto(draft)
    draft = replace(draft, source=source)
    version = publish_gallery(lock, replace(draft, calibration=calibrate(draft)))
    notes = [*notes, *back, *warnings_of(draft)]
    return Built(version, len(draft.items), collection.unreadable, tuple(notes))


def _live_manifest(root: Path) -> Manifest | None:
    """The manifest of the live version; None where there is none or it is not whole."""
    try:
        return check_gallery(root, None)[1]
    except GalleryError:
        return None

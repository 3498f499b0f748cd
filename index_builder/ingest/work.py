"""The work of a build, kept on disk until it is published, so that nothing is done twice.

    GALLERY/.work/build/shard-0-of-1.journal   what is finished so far

A build that is killed goes on where it was. `Shard` spreads one over several processes, each with
a journal of its own.
"""

import heapq
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index_builder.ingest.images import digest_of
from index_builder.ingest.journal import Journal, Unreadable, read_journal
from index_builder.ingest.pipeline import Shard, run_pipeline
from index_builder.ingest.sources import digest_of_listing, read_sources
from vislex.errors import InvalidInput
from vislex.gallery.items import Items
from vislex.gallery.recipe import Recipe
from vislex.gallery.store import read_rows
from vislex.images.observe import Models
from vislex.rows import Remarks

_MERGE = "merge-"


@dataclass(frozen=True)
class Collected:
    """What the journals of a build hold, in the order of the images."""

    items: Items
    vectors: NDArray[np.float32]
    unreadable: tuple[Unreadable, ...]
    source: str
    seen: int  # images, readable or not


def work_of(root: Path, task: str) -> Path:
    """Where the work of a task (build, add) lies until it is published: on the gallery's disk."""
    return root / ".work" / task


def build_shard(
    images: Path,
    folder: Path,
    models: Models,
    recipe: Recipe,
    shard: Shard,
    remarks: Remarks | None = None,
) -> int:
    """Does a shard of the work, or what is left of it, and returns the number of its images.

    `remarks` get what of `images` is no part of the work at all, see `read_sources`.
    """
    listing, count = digest_of_listing(read_sources(images, remarks))
    work = {
        "recipe": recipe.to_json(),
        "listing": listing,
        "count": count,
        "shard": [shard.number, shard.of],
    }
    with closing(Journal(_journal(folder, shard), work)) as journal:
        run_pipeline(read_sources(images), count, journal, models, shard)
        return sum(len(chunk.items) + len(chunk.unreadable) for chunk in journal.chunks())


@contextmanager
def collected(
    images: Path, folder: Path, models: Models, recipe: Recipe, remarks: Remarks
) -> Iterator[Collected]:
    """Embeds and reads images, or goes on with that, and holds what came of it, as `merged`."""
    build_shard(images, folder, models, recipe, Shard(), remarks)
    with merged(folder, 1) as (collection, _):
        yield collection


@contextmanager
def merged(folder: Path, shards: int) -> Iterator[tuple[Collected, Recipe]]:
    """What all shards have done, as files that are there within the context.

    The work is removed once the caller is done with it, and stays where the caller fails. Raises
    InvalidInput where a shard is missing, unfinished, or of other images or models.
    """
    paths = [_journal(folder, Shard(number, shards)) for number in range(shards)]
    works = [dict(read_journal(path)) for path in paths]
    first = {**works[0], "shard": None}
    for path, work in zip(paths, works, strict=True):
        if {**work, "shard": None} != first:
            raise InvalidInput(f"{path} is of other images or models than {paths[0]}")
    recipe = Recipe.from_json(first["recipe"])
    with ExitStack() as stack:
        journals = [
            stack.enter_context(closing(Journal(path, work)))
            for path, work in zip(paths, works, strict=True)
        ]
        for left in folder.glob(f"{_MERGE}*"):  # by a merge that was killed: the journals are ours
            shutil.rmtree(left)
        mapped = stack.enter_context(tempfile.TemporaryDirectory(prefix=_MERGE, dir=folder))
        collection = _collect(journals, recipe.dim, Path(mapped))
        if collection.seen != first["count"]:
            raise InvalidInput(
                f"{collection.seen} of {first['count']} images are done; run every shard to its end"
            )
        yield collection, recipe
    for path in paths:
        path.unlink()
    with suppress(OSError):  # a folder that the caller shares with others
        folder.rmdir()


def _collect(journals: Sequence[Journal], dim: int, folder: Path) -> Collected:
    """Everything the journals hold, in the order of the chunks, as mapped files."""
    left: list[Unreadable] = []
    with (
        (folder / "items").open("wb") as rows,
        (folder / "lines").open("wb") as lines,
        (folder / "vectors").open("wb") as vectors,
    ):
        for chunk in heapq.merge(*(j.chunks() for j in journals), key=attrgetter("number")):
            rows.writelines(item.row() + b"\n" for item in chunk.items)
            lines.writelines(item.encoded + b"\n" for item in chunk.items)
            vectors.write(chunk.vectors.tobytes())
            left += chunk.unreadable
    items = Items(read_rows(folder / "items"), read_rows(folder / "lines"))
    _check_labels(items, left)
    mapped = np.memmap(folder / "vectors", np.float32, mode="r", shape=(len(items), dim))
    contents = list(zip(items.ids, items.labels, items.digests, strict=True))
    contents += [(image.id, image.label, image.sha256) for image in left]
    return Collected(items, mapped, tuple(left), digest_of(contents), len(contents))


def _journal(folder: Path, shard: Shard) -> Path:
    return folder / f"shard-{shard.number}-of-{shard.of}.journal"


def _check_labels(items: Items, unreadable: Sequence[Unreadable]) -> None:
    empty = sorted({image.label for image in unreadable} - set(items.labels))
    if empty:
        first = next(image for image in unreadable if image.label == empty[0])
        raise InvalidInput(
            f"no readable image for {', '.join(empty)} ({len(unreadable)} unreadable in all, "
            f"such as {first.id}: {first.reason}); nothing was published"
        )

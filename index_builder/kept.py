"""What the next build keeps of a gallery: what an operator taught and set besides the images."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index_builder.edit import change_of, joined_with
from index_builder.ingest.learned import learned_rows
from index_builder.say import counted, few
from vislex.errors import GalleryError, InvalidInput
from vislex.gallery.index import Kind
from vislex.gallery.items import Items
from vislex.gallery.recipe import Recipe
from vislex.gallery.versions import POINTER, published_before
from vislex.rows import Remarks
from vislex.screens.calibration import Calibration, uncalibrated
from vislex.screens.gallery import Gallery
from vislex.screens.others import NO_OTHERS, Others
from vislex.screens.storage import open_gallery


@dataclass(frozen=True)
class Kept:
    """Images that were learned, images known to be `other`, and what was chosen."""

    items: Items  # as they were live
    learned: Items
    vectors: NDArray[np.float32]  # (len(learned), dim)
    others: Others
    calibration: Calibration
    recipe: Recipe | None = None
    kind: Kind = "flat"  # of index

    def contents(self, digests: Collection[str]) -> list[tuple[str, str, str]]:
        """Id, label and SHA-256 of what was learned and is not among images of some digests."""
        named = zip(self.learned.ids, self.learned.labels, self.learned.digests, strict=True)
        return [item for item in named if item[2] not in digests]

    def check(self, recipe: Recipe) -> None:
        """Raises InvalidInput where something was embedded by other models than a recipe's."""
        if self.recipe not in (None, recipe) and (self.others or len(self.learned)):
            learned = counted(len(self.learned), "learned image", "learned images")
            others = counted(len(self.others), "known other", "known others")
            raise InvalidInput(
                f"the gallery has {learned} and {others}, which other models than these embedded; "
                "build it anew with --forget-taught, then `learn` and `calibrate --others` again"
            )

    def check_labels(self, labels: Collection[str], remarks: Remarks) -> None:
        """Raises InvalidInput where a label would be gone and rows that may be its were left out.

        One slip in a table must not take a label from a gallery that is built every night.
        """
        gone = sorted({*self.items.labels} - {*labels, *self.learned.labels})
        if gone and remarks.left_out:
            rows = counted(len(remarks.left_out), "row", "rows")
            raise InvalidInput(
                f"{few(gone)} would have no image any more, and {rows} cannot be used, the "
                f"first {remarks.left_out[0]}; nothing was published. `remove` the label first "
                "where it is to go"
            )

    def onto(self, draft: Gallery) -> tuple[Gallery, list[str]]:
        """A new gallery with it, and sentences on what that means.

        What is among the new images, by its content, is what they say it is.
        """
        digests = set(draft.items.digests)
        rows = [row for row, sha in enumerate(self.learned.digests) if sha not in digests]
        others = self.others.without(digests)
        notes = [*self._overruled(draft.items)]
        if rows:
            learned = self.learned.take(np.array(rows, np.int64))
            draft = joined_with(draft, learned, self.vectors[rows])
            kept = counted(len(rows), "learned image is", "learned images are")
            notes.append(f"{kept} kept: {few(learned.ids)}; `remove ID` takes an image out")
        if len(others) < len(self.others):
            gone = len(self.others) - len(others)
            moved = counted(gone, "known other is", "known others are")
            notes.append(f"{moved} among the images now, and so of a label")
        back = [f"{i}: {a} -> {b}" for i, a, b in change_of(self.items, draft.items).relabelled]
        if back:
            images = counted(len(back), "image has", "images have")
            notes.append(f"{images} another label than before: {few(back)}")
        chosen = replace(
            draft.calibration,
            false_reject_rate=self.calibration.false_reject_rate,
            least_confidence=self.calibration.least_confidence,
        )
        return replace(draft, others=others, calibration=chosen), notes

    def _overruled(self, items: Items) -> Iterator[str]:
        """What was learned of pictures that new images have under another label."""
        now = dict(zip(items.digests, items.labels, strict=True))
        before = zip(self.learned.ids, self.learned.labels, self.learned.digests, strict=True)
        for item_id, label, digest in before:
            if now.get(digest, label) != label:
                yield f"{item_id} was learned to be {label!r}; its image is of {now[digest]!r} now"


def kept_of(root: Path, *, forget: bool = False) -> Kept:
    """What the live version of a gallery was taught: nothing where there is none, or to `forget`.

    Raises InvalidInput where there is one that cannot be read: then nobody knows what it was.
    """
    if forget or not _was_live(root):
        none = Items.of(())
        return Kept(none, none, np.zeros((0, 0), np.float32), NO_OTHERS, uncalibrated())
    try:
        live = open_gallery(root, None)
    except GalleryError as error:
        raise InvalidInput(
            f"{error}. So what the gallery was taught cannot be kept: `rollback` or `publish` a "
            "version that is whole first, or build with --forget-taught"
        ) from None
    rows = learned_rows(live.items)
    vectors = np.array(live.index.vectors(rows), np.float32)
    learned = live.items.take(rows)
    return Kept(
        live.items, learned, vectors, live.others, live.calibration, live.recipe, live.index.kind
    )


def _was_live(root: Path) -> bool:
    """Whether any version ever was: not where a first build was killed before its last step."""
    return (root / POINTER).exists() or bool(published_before(root))

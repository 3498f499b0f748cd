"""Images known to be `other`, which a gallery keeps with what it was taught them by."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislex.gallery.items import Items


@dataclass(frozen=True)
class Others:
    """Row i of the vectors is `items[i]`, all of them labelled OTHER. A picture is in it once."""

    items: Items
    vectors: NDArray[np.float32]  # (len(items), dim), L2-normalised

    def __len__(self) -> int:
        return len(self.items)

    def joined(self, items: Items, vectors: NDArray[np.float32]) -> "Others":
        """These and more; a picture that is already here, or comes twice, is ignored."""
        first: dict[str, int] = {}
        for row, digest in enumerate(items.digests):
            first.setdefault(digest, row)
        known = set(self.items.digests)
        new = [row for digest, row in first.items() if digest not in known]
        if not new:
            return self
        fresh = items.take(np.array(new, np.int64))
        if not len(self):
            return Others(fresh, vectors[new])
        return Others(self.items.joined(fresh), np.concatenate([self.vectors, vectors[new]]))

    def without(self, digests: Collection[str]) -> "Others":
        """All but the pictures of some SHA-256 digests."""
        kept = [row for row, sha in enumerate(self.items.digests) if sha not in digests]
        if len(kept) == len(self):
            return self
        rows = np.array(kept, np.int64)
        return Others(self.items.take(rows), self.vectors[rows])


NO_OTHERS = Others(Items.of(()), np.zeros((0, 0), np.float32))

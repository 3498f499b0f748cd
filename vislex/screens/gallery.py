"""The gallery in memory: labelled embeddings and texts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vislex.gallery.index import Index, flat_index
from vislex.gallery.items import Item, Items
from vislex.gallery.recipe import Recipe
from vislex.screens.calibration import Calibration
from vislex.screens.lexicon import LazyLexicon, Lexicon, without_rows
from vislex.screens.others import NO_OTHERS, Others
from vislex.text.corpus import Texts, texts_of
from vislex.text.units import screen_text


@dataclass(frozen=True)
class Gallery:
    """One version in memory: row i of the index and of the lexicon is `items[i]`."""

    version: str
    items: Items
    index: Index
    lazy_lexicon: LazyLexicon
    calibration: Calibration
    recipe: Recipe
    source: str = ""  # digest of what it was built from, by which a builder knows it again
    others: Others = NO_OTHERS  # known to be `other`: the calibration is learned with them

    @property
    def lexicon(self) -> Lexicon:
        return self.lazy_lexicon.made

    @property
    def texts(self) -> Texts:
        return self.lazy_lexicon.texts

    @property
    def labels(self) -> tuple[str, ...]:
        return self.lexicon.labels

    def status(self) -> dict[str, Any]:
        """What a server says of it."""
        return {
            "images": len(self.items),
            "labels": len(self.labels),
            "encoder": self.recipe.encoder,
            "known_others": len(self.others),
            "false_reject_rate": self.calibration.false_reject_rate,
            "least_confidence": self.calibration.least_confidence,
        }


def without(gallery: Gallery, rows: Sequence[int]) -> Gallery:
    """The gallery as if `rows` had never been in it; its calibration stays. One row is left."""
    kept = np.setdiff1d(np.arange(len(gallery.items)), np.asarray(rows, np.int64))
    lexicon = LazyLexicon.of(without_rows(gallery.lexicon, kept))
    index = flat_index(gallery.index.vectors(kept))
    return replace(gallery, items=gallery.items.take(kept), index=index, lazy_lexicon=lexicon)


def assemble(
    version: str,
    items: Items,
    index: Index,
    calibration: Calibration,
    recipe: Recipe,
    texts: Texts | None = None,
    source: str = "",
    others: Others = NO_OTHERS,
) -> Gallery:
    """A gallery in memory; `texts` are those of its items, None to cut them from their lines."""
    lexicon = LazyLexicon(items.labels, read_texts(items) if texts is None else texts)
    return Gallery(version, items, index, lexicon, calibration, recipe, source, others)


def read_texts(items: Iterable[Item]) -> Texts:
    """The texts of items, cut from their lines: 0.1 ms an item."""
    return texts_of(screen_text(item.lines).line_units for item in items)

"""Which gallery images a query is compared with, and how their scores are fused.

`study` is exactly the method of the source study: the visual top-k, re-ranked by
`alpha * cosine + (1 - alpha) * token_set_ratio`. It loses what the text would have found. `both`
takes candidates from either side and puts both similarities on the gallery's own scale first, so
that alpha weighs comparable numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislex.gallery.fusion import best_first, fuse, text_similarity
from vislex.gallery.index import Neighbours, cosines
from vislex.screens.gallery import Gallery
from vislex.screens.options import Options
from vislex.text.index import nearest_labels, text_cosines
from vislex.text.units import ScreenText

_SAME_SCORE = 1e-6  # what rounding may make of it


@dataclass(frozen=True)
class Ranked:
    """Gallery rows compared with a query, best fused first, with their scores beside them."""

    rows: NDArray[np.int64]  # (k,)
    visual: NDArray[np.float32]  # (k,), cosine
    text: NDArray[np.float32]  # (k,), 0..1
    fused: NDArray[np.float32]  # (k,)

    def scores(self) -> list[tuple[int, float, float, float]]:
        """(row, visual, text, fused) of each."""
        columns = (self.rows, self.visual, self.text, self.fused)
        return list(zip(*(column.tolist() for column in columns), strict=True))


def rank_as_study(
    near: Neighbours, lines: Sequence[str], options: Options, gallery: Gallery
) -> Ranked:
    """The study's ranking of the visual neighbours."""
    text = text_similarity(" ".join(lines), [gallery.items[row].text for row in near.rows])
    fused = fuse(near.similarity, text, options.alpha if options.read else 1.0)
    order = best_first(fused)
    return Ranked(near.rows[order], near.similarity[order], text[order], fused[order])


def rank_both(
    near: Neighbours,
    embedding: NDArray[np.float32],
    query: ScreenText,
    options: Options,
    gallery: Gallery,
) -> Ranked:
    """Visual neighbours and the best image, by text, of each of the labels nearest by text."""
    rows = np.unique(np.concatenate([near.rows, _alike(query, options, gallery)]))
    return score(rows, embedding, query, options, gallery)


def score(
    rows: NDArray[np.int64],
    embedding: NDArray[np.float32],
    query: ScreenText,
    options: Options,
    gallery: Gallery,
) -> Ranked:
    """Gallery rows with their scores, each similarity on the gallery's own scale."""
    calibration = gallery.calibration
    visual = cosines(gallery.index, embedding, rows)
    text = text_cosines(gallery.lexicon.index, query, rows)
    alpha = options.alpha if query.terms else 1.0
    fused = fuse(calibration.visual(visual), calibration.text(text), alpha)
    # Equal scores go by label, so that the order of a gallery's images decides nothing.
    order = np.lexsort((gallery.lexicon.label_of[rows], -np.round(fused, 6)))
    return Ranked(rows[order], visual[order], text[order], fused[order])


def _alike(query: ScreenText, options: Options, gallery: Gallery) -> NDArray[np.int64]:
    """The row most like the query by text of each of the labels most like it."""
    lexicon = gallery.lexicon
    labels = nearest_labels(lexicon.index, query, max(options.top_k, 2))
    if not len(labels):
        return np.zeros(0, np.int64)
    spans = [lexicon.rows_of[number] for number in labels]
    cosines = text_cosines(lexicon.index, query, np.concatenate(spans))
    ends = np.cumsum([len(rows) for rows in spans])[:-1]
    best = [
        _first_by_id(rows[part >= part.max() - _SAME_SCORE], gallery)
        for rows, part in zip(spans, np.split(cosines, ends), strict=True)
    ]
    return np.array(best, np.int64)


def _first_by_id(rows: NDArray[np.int64], gallery: Gallery) -> int:
    return int(min(rows, key=lambda row: gallery.items.ids[row]))

"""Folds: which gallery images are left out together, and which images count as the same."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vislex.screens.gallery import Gallery

IMAGE_FOLDS = 5
LABEL_FOLDS = 25  # up to here each label is left out on its own
_SAME_COSINE = 0.999
_SAME_TERMS = 0.95  # Jaccard


def image_folds(gallery: Gallery) -> Iterator[NDArray[np.int64]]:
    """Rows to leave out and ask, in turn; near-duplicates within a label are left out together.

    Every label but one of a single group keeps images in each fold's rest.
    """
    fold_of = np.full(len(gallery.items), -1, np.int64)
    for label in gallery.lexicon.rows_of:
        rows = by_id(gallery, label)
        groups = _groups(gallery, rows)
        if groups.max() > 0:  # a label of one group has nothing left to be known by
            fold_of[rows] = groups % IMAGE_FOLDS
    for fold in range(IMAGE_FOLDS):
        members = by_id(gallery, np.flatnonzero(fold_of == fold))
        if len(members):
            yield members


def label_folds(gallery: Gallery) -> Iterator[NDArray[np.int64]]:
    """Rows of the labels to leave out, in turn; at least one label stays. None for one label."""
    count = len(gallery.lexicon.labels)
    if count < 2:
        return
    folds = min(count, LABEL_FOLDS)
    for fold in range(folds):
        rows = [gallery.lexicon.rows_of[i] for i in range(fold, count, folds)]
        yield by_id(gallery, np.concatenate(rows))


def by_id(gallery: Gallery, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows in the order of their images' ids, so that a gallery's own order decides nothing."""
    return np.array(sorted(rows.tolist(), key=lambda row: gallery.items.ids[row]), np.int64)


def _groups(gallery: Gallery, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Group number of each row: an image joins the first group that holds a near-duplicate."""
    vectors = gallery.index.vectors(rows)
    alike = vectors @ vectors.T >= _SAME_COSINE
    texts = [gallery.lexicon.text(row).terms for row in rows]
    groups = np.zeros(len(rows), np.int64)
    for i in range(1, len(rows)):
        same = [
            j for j in np.flatnonzero(alike[i, :i]) if _jaccard(texts[i], texts[j]) >= _SAME_TERMS
        ]
        groups[i] = groups[same[0]] if same else groups[:i].max() + 1
    return groups


def same_screen(gallery: Gallery, a: int, b: int, cosine: float) -> bool:
    """Whether two images show the same, by embedding and by words."""
    texts = (gallery.lexicon.text(row).terms for row in (a, b))
    return cosine >= _SAME_COSINE and _jaccard(*texts) >= _SAME_TERMS


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 1.0


def spread(rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """At most `count` of `rows`, evenly spread, the same ones every time."""
    if count >= len(rows):
        return rows
    return rows[np.linspace(0, len(rows) - 1, count).astype(np.int64)]

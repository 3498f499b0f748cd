"""Calibration from the gallery alone: what its own images, asked again, say of known and other.

Each image is asked against a gallery without it (and its near-duplicates): a known query. And each
label's images are asked against a gallery without that label: queries of `other` that resemble the
labels as look-alikes do. On both, logistic regression learns what each kind of evidence is worth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index_builder.calibration.folds import image_folds, spread
from index_builder.calibration.queries import (
    Known,
    Query,
    Strange,
    known_queries,
    query_of,
    strange,
    strange_queries,
)
from index_builder.calibration.regression import fit_judge, fit_scale, flat_scale
from index_builder.calibration.shifts import label_shifts
from vislex.gallery.index import cosines
from vislex.screens.calibration import (
    ANY,
    BAND,
    PRIOR_WITH_TEXT,
    PRIOR_WITHOUT_TEXT,
    Calibration,
    Judge,
    Scale,
    uncalibrated,
)
from vislex.screens.gallery import Gallery
from vislex.screens.others import Others
from vislex.text.index import text_cosines
from vislex.text.units import screen_text

SCALE_SAMPLE = 400  # images compared with every image, for the scales


def calibrate(gallery: Gallery) -> Calibration:
    """Learns a calibration from a gallery and the images that it knows to be `other`.

    Of the one it has, only what an operator chose is looked at, and kept: the false-reject rate,
    and the least confidence. A gallery whose labels have one image each cannot be asked as a known
    query would: it gets the prior weights.
    """
    blank = uncalibrated()
    rate = gallery.calibration.false_reject_rate
    visual, text = _scales(gallery)
    scaled = replace(gallery, calibration=replace(blank, visual=visual, text=text))
    known = known_queries(scaled)
    unlike = _without_twins(strange_queries(scaled), known, blank.with_text)
    unlike += [strange(query, scaled) for query in _queries(gallery.others)]
    with_text = fit_judge(
        [one.with_text.numbers for one in known if one.with_text],
        [one.with_text.numbers for one in unlike if one.with_text],
        PRIOR_WITH_TEXT, blank.with_text, rate, BAND,
    )  # fmt: skip
    without_text = fit_judge(
        [one.without_text.numbers for one in known if one.without_text],
        [one.without_text.numbers for one in unlike],
        PRIOR_WITHOUT_TEXT, blank.without_text, rate, ANY,
    )  # fmt: skip
    shifts = label_shifts(gallery, known, with_text)
    least = gallery.calibration.least_confidence
    return Calibration(visual, text, with_text, without_text, rate, shifts, least).chosen()


def _queries(others: Others) -> Iterator[Query]:
    for vector, item in zip(others.vectors, others.items, strict=True):
        yield Query(vector, screen_text(item.lines))


def _without_twins(found: Sequence[Strange], known: Sequence[Known], judge: Judge) -> list[Strange]:
    """Queries of a label left out, but for those that show another label to all appearances.

    Where two labels are of the same screens, either answer is right while both are there; without
    one of them the other's is no mistake to learn from.
    """
    sums = [judge.logit(one.with_text.numbers) for one in known if one.with_text]
    typical = float(np.median(sums)) if sums else np.inf
    return [
        one
        for one in found
        if one.with_text is None or judge.logit(one.with_text.numbers) < typical
    ]


def _scales(gallery: Gallery) -> tuple[Scale, Scale]:
    """How similar the nearest image of the own label and of another are, seen and read."""
    own: list[tuple[float, float]] = []
    other: list[tuple[float, float]] = []
    folds = list(image_folds(gallery)) or [np.arange(len(gallery.items))]
    count = max(1, SCALE_SAMPLE // len(folds))
    for fold in folds:
        for row in spread(fold, count):
            same = gallery.lexicon.label_of == gallery.lexicon.label_of[row]
            rest = np.ones(len(same), bool)
            rest[fold] = False
            own += _most_alike(gallery, row, np.flatnonzero(same & rest))
            other += _most_alike(gallery, row, np.flatnonzero(~same))
    if not other:
        return uncalibrated().visual, uncalibrated().text
    other_seen, other_read = np.array(other, np.float64).T
    if not own:
        return flat_scale(other_seen), uncalibrated().text
    own_seen, own_read = np.array(own, np.float64).T
    return fit_scale(own_seen, other_seen), fit_scale(own_read, other_read)


def _most_alike(gallery: Gallery, row: int, rows: NDArray[np.int64]) -> list[tuple[float, float]]:
    """Similarity of an image and the most similar of `rows`, seen and read; [] without rows."""
    if not len(rows):
        return []
    query = query_of(gallery, row)
    seen = cosines(gallery.index, query.embedding, rows)
    read = text_cosines(gallery.lexicon.index, query.text, rows)
    return [(float(seen.max()), float(read.max()))]

"""Learns the decision between known and `other` from the images of the gallery.

Each image is asked against the gallery without it and its near-duplicates: a known query. The
images of each label are also asked against the gallery without that label: queries of `other`, as
similar to the remaining labels as look-alikes are. From both, logistic regression learns the weight
of each kind of evidence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index_builder.calibration.folds import image_folds, spread
from index_builder.calibration.queries import (
    HeldOutImage,
    Known,
    Unknown,
    ask_unknown,
    known_queries,
    query_of,
    unknown_queries,
)
from index_builder.calibration.regression import fit_linear_model, fit_scale, flat_scale
from index_builder.calibration.shifts import label_shifts
from vislex.gallery.index import cosines
from vislex.screens.calibration import (
    ANY_THRESHOLD,
    PRIOR_WITH_TEXT,
    PRIOR_WITHOUT_TEXT,
    THRESHOLDS_WITH_TEXT,
    Calibration,
    LinearModel,
    Scale,
    uncalibrated,
)
from vislex.screens.gallery import Gallery
from vislex.screens.others import Others
from vislex.text.index import text_cosines
from vislex.text.units import screen_text

SCALE_SAMPLE = 400  # images compared with every image, for the scales


def calibrate(gallery: Gallery) -> Calibration:
    """Learns a calibration from a gallery and from the images that it knows to be `other`.

    Of its present calibration only the operator's choices are used, and kept: the false-reject rate
    and the least confidence. When each label has only one image, there are no known queries to
    learn from, and the calibration has the prior weights.
    """
    untaught = uncalibrated()
    rate = gallery.calibration.false_reject_rate
    visual, text = _scales(gallery)
    scaled = replace(gallery, calibration=replace(untaught, visual=visual, text=text))
    known = known_queries(scaled)
    unknown = _without_twins(unknown_queries(scaled), known, untaught.with_text)
    unknown += [ask_unknown(query, scaled) for query in _queries(gallery.others)]
    with_text = fit_linear_model(
        [query.with_text.numbers for query in known if query.with_text],
        [query.with_text.numbers for query in unknown if query.with_text],
        PRIOR_WITH_TEXT,
        untaught.with_text,
        rate,
        THRESHOLDS_WITH_TEXT,
    )
    without_text = fit_linear_model(
        [query.without_text.numbers for query in known if query.without_text],
        [query.without_text.numbers for query in unknown],
        PRIOR_WITHOUT_TEXT,
        untaught.without_text,
        rate,
        ANY_THRESHOLD,
    )
    shifts = label_shifts(gallery, known, with_text)
    least = gallery.calibration.least_confidence
    return Calibration(visual, text, with_text, without_text, rate, shifts, least).chosen()


def _queries(others: Others) -> Iterator[HeldOutImage]:
    for vector, item in zip(others.vectors, others.items, strict=True):
        yield HeldOutImage(vector, screen_text(item.lines))


def _without_twins(
    unknown: Sequence[Unknown], known: Sequence[Known], model: LinearModel
) -> list[Unknown]:
    """The queries whose label was left out, except those that look exactly like another label.

    When two labels show the same screens, either answer is right while both are there. With one of
    them left out, the answer of the other is not a mistake to learn from.
    """
    sums = [model.logit(query.with_text.numbers) for query in known if query.with_text]
    typical = float(np.median(sums)) if sums else np.inf
    return [
        query
        for query in unknown
        if query.with_text is None or model.logit(query.with_text.numbers) < typical
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

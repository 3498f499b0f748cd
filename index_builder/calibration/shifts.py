"""How much stricter or milder the threshold of one label is than that of all labels."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from index_builder.calibration.queries import FEW_IMAGES, Known
from vislex.screens.calibration import LinearModel
from vislex.screens.gallery import Gallery

_SHRINK = 20  # images of a label at which its own threshold counts as much as the pooled one
_LOW = 0.1  # the quantile of the sums by which few images are compared with many


def label_shifts(
    gallery: Gallery, known: Sequence[Known], model: LinearModel
) -> Mapping[str, float]:
    """What is added to the threshold of each label, for the labels where it is not 0.

    A label with few images shows less of what varies, so its true queries score lower: as much
    lower as the gallery's own queries do when their label is cut down to that many images. And
    a label whose images score lower than those of other labels of its size would be rejected more
    often: its threshold moves by the difference of the means, less so the fewer images it has.
    """
    sums: defaultdict[int, list[float]] = defaultdict(list)
    for query in known:
        if query.with_text is not None:
            sums[query.label].append(model.logit(query.with_text.numbers))
    of_size = size_shifts(known, model)
    images = [len(rows) for rows in gallery.lexicon.rows_of]
    expected = np.interp(np.log(images), np.log(list(of_size)), list(of_size.values()))
    asked = [value - expected[label] for label, values in sums.items() for value in values]
    mean = float(np.mean(asked)) if asked else 0.0
    shifts = {}
    for label, name in enumerate(gallery.labels):
        values = sums[label]
        own = float(np.mean(values)) - expected[label] - mean if values else 0.0
        shifts[name] = float(expected[label]) + own * len(values) / (len(values) + _SHRINK)
    return {name: shift for name, shift in shifts.items() if shift}


def size_shifts(known: Sequence[Known], model: LinearModel) -> dict[int, float]:
    """Number of images of a label -> what is added to its threshold; 0 at the usual number."""
    asked = [query for query in known if query.with_text is not None]
    if not asked:
        return {1: 0.0}
    usual = int(np.median([query.images for query in asked])) + 1  # the query was left out
    whole = np.array([model.logit(query.with_text.numbers) for query in asked if query.with_text])
    shifts = {usual: 0.0}
    for count in sorted((c for c in FEW_IMAGES if c < usual), reverse=True):
        pairs = [
            (model.logit(evidence.numbers), whole[i])
            for i, query in enumerate(asked)
            for size, evidence in query.with_fewer
            if size == count
        ]
        if pairs:
            few, many = np.quantile(np.array(pairs), _LOW, axis=0)
            shifts[count] = min(float(few - many), min(shifts.values()))
    return dict(sorted(shifts.items()))

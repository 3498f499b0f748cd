"""How much more or less than others a label asks of a query, by its images and by their number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from index_builder.calibration.queries import FEW, Known
from vislex.screens.calibration import Judge
from vislex.screens.gallery import Gallery

_SHRINK = 20  # images of a label at which its own threshold counts as much as the pooled one
_LOW = 0.1  # the quantile of the sums by which few images are compared with many


def label_shifts(gallery: Gallery, known: Sequence[Known], judge: Judge) -> Mapping[str, float]:
    """What is added to the threshold for each label, where that is not 0.

    Fewer images show less of what varies, so that a true query scores lower: by as much as the
    gallery's own queries do when their label is cut down to so many. And a label whose images
    score lower than others' of its size would lose more than its share of them: its threshold
    moves by the difference of the means, as far as its number of images supports that.
    """
    sums: defaultdict[int, list[float]] = defaultdict(list)
    for one in known:
        if one.with_text is not None:
            sums[one.label].append(judge.logit(one.with_text.numbers))
    of_size = size_shifts(known, judge)
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


def size_shifts(known: Sequence[Known], judge: Judge) -> dict[int, float]:
    """Number of images of a label -> what that adds to its threshold; 0 at the usual number."""
    asked = [one for one in known if one.with_text is not None]
    if not asked:
        return {1: 0.0}
    usual = int(np.median([one.images for one in asked])) + 1  # the query was left out
    whole = np.array([judge.logit(one.with_text.numbers) for one in asked if one.with_text])
    shifts = {usual: 0.0}
    for count in sorted((c for c in FEW if c < usual), reverse=True):
        pairs = [
            (judge.logit(facts.numbers), whole[i])
            for i, one in enumerate(asked)
            for size, facts in one.few
            if size == count
        ]
        if pairs:
            few, many = np.quantile(np.array(pairs), _LOW, axis=0)
            shifts[count] = min(float(few - many), min(shifts.values()))
    return dict(sorted(shifts.items()))

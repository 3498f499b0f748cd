"""Calibration from the gallery alone: each image is scored as a query against all the others."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vislex.config import Options
from vislex.fusion import fuse, text_similarity
from vislex.gallery import Item, nearest
from vislex.openset import Calibration, threshold_of

SAMPLE = 2000  # images scored; a 2 % quantile of this many stands on 40 scores


def calibrate(index: Any, items: Sequence[Item]) -> Calibration:
    """Thresholds for the default alpha and top_k, from at most `SAMPLE` images spread evenly.

    An image alone in its gallery has nothing to be scored against: every query is then known.
    """
    if len(items) < 2:
        return Calibration(fused=0.0, visual=0.0)
    options = Options()
    sample = np.unique(np.linspace(0, len(items) - 1, min(SAMPLE, len(items))).astype(np.int64))
    vectors = index.reconstruct_batch(sample)
    found = nearest(index, vectors, options.top_k + 1)
    fused, visual = [], []
    for row, rows, similarity in zip(sample, found.rows, found.similarity, strict=True):
        others = rows != row  # the image itself, normally the first
        near, scores = rows[others][: options.top_k], similarity[others][: options.top_k]
        text = text_similarity(items[row].text, [items[i].text for i in near])
        visual.append(float(scores[0]))
        fused.append(float(fuse(scores, text, options.alpha).max()))
    return Calibration(fused=threshold_of(fused), visual=threshold_of(visual))

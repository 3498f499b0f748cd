"""Crops of a whole batch of images -> their text, in few calls of well-filled, equal shapes."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from vislex.contract.images import (
    CHARACTER,
    CHARACTER_SCORE,
    CROP_HEIGHT_PX,
    CROP_WIDTH,
    CROPS,
    OCR_REC,
)
from vislex.contract.spec import Tensors
from vislex.errors import ModelFailed
from vislex.infer import Infer, infer_all
from vislex.ocr.crop import MAX_CROP_WIDTH_PX
from vislex.timing import stage

# Crops are padded to one of these, so that those of many images go together. RapidOCR pads to 320
# at least, and padding shows where the recogniser is unsure. So narrow crops are read narrow first,
# and again at 320 where it is; the narrowest, mostly icons, only there. docs/ocr.md has figures.
WIDTHS_PX: tuple[int, ...] = (128, 192, 256, 320, *range(384, MAX_CROP_WIDTH_PX + 1, 128))
COMMON_WIDTHS_PX = WIDTHS_PX[:8]  # to 768: nearly every call on phone screens
TRAINED_WIDTH_PX = 320
MAX_SLIVER_PX = 64
MIN_SURE_SCORE = 0.9  # of the least probable character
# Summed widths of a call. On a core a px of 4 crops of 320 took 13 us, of 8 it took 15, of 16 17.
MAX_CALL_PX = 1280
MAX_BATCH_CROPS = 32  # the max_batch_size of ocr_rec: on a GPU a server puts calls together

Reading = tuple[str, float]  # text, mean probability of its characters


@stage("recognize")
def read_crops(
    crops: Sequence[NDArray[np.uint8]], infer: Infer, characters: Sequence[str]
) -> list[Reading]:
    """Reads (48, w, 3) RGB crops; answers one text and score per crop, in their order.

    `characters[k]` is what class k + 1 stands for. A crop without text reads as ("", 0.0). What a
    crop reads as does not depend on the others. Raises ModelFailed when the model fails or answers
    classes that have no character.
    """
    widths_px = {i: bucket_px(crop.shape[1]) for i, crop in enumerate(crops)}
    narrow = {i: px for i, px in widths_px.items() if px < TRAINED_WIDTH_PX}
    wide = {i: px for i, px in widths_px.items() if i not in narrow}
    first, second = _start(narrow, crops, infer), _start(wide, crops, infer)
    readings: dict[int, Reading] = {}
    unsure: dict[int, int] = {}
    for chunk, answer in first:
        for i, reading, least in zip(chunk, *_decode(answer, len(chunk), characters), strict=True):
            readings[i] = reading
            if least < MIN_SURE_SCORE:
                unsure[i] = TRAINED_WIDTH_PX
    for chunk, answer in chain(second, _start(unsure, crops, infer)):
        readings.update(zip(chunk, _decode(answer, len(chunk), characters)[0], strict=True))
    return [readings[i] for i in range(len(crops))]


def bucket_px(width_px: int) -> int:
    """The padded width that a crop of at most MAX_CROP_WIDTH_PX is read at first.

    >>> bucket_px(30), bucket_px(130), bucket_px(330)
    (320, 192, 384)
    """
    if width_px <= MAX_SLIVER_PX:
        return TRAINED_WIDTH_PX
    return WIDTHS_PX[bisect_left(WIDTHS_PX, width_px)]


def call_size(width_px: int) -> int:
    """How many crops of a padded width go together at most: 10 of the narrowest."""
    return max(1, MAX_CALL_PX // width_px)


def _start(
    widths_px: Mapping[int, int], crops: Sequence[NDArray[np.uint8]], infer: Infer
) -> Iterator[tuple[Sequence[int], Tensors]]:
    """Starts to read the crops of these indices, padded to these widths: each call's, its answer.

    The calls run side by side, the widest crops first, as the longest are best not left to the end.
    """
    chunks = list(_chunks(widths_px))
    batches = [_pad([crops[i] for i in chunk], widths_px[chunk[0]]) for chunk in chunks]
    return zip(chunks, infer_all(infer, OCR_REC, batches), strict=True)


def _chunks(widths_px: Mapping[int, int]) -> Iterator[Sequence[int]]:
    """The indices of crops that go together."""
    buckets: dict[int, list[int]] = {}
    for i, width_px in widths_px.items():
        buckets.setdefault(width_px, []).append(i)
    for width_px, members in sorted(buckets.items(), reverse=True):
        size = call_size(width_px)
        for start in range(0, len(members), size):
            yield members[start : start + size]


def _pad(crops: Sequence[NDArray[np.uint8]], width_px: int) -> Tensors:
    """One batch of equal widths; the model itself blanks what lies beyond each crop's width."""
    padded = np.zeros((len(crops), CROP_HEIGHT_PX, width_px, 3), np.uint8)
    for row, crop in zip(padded, crops, strict=True):
        row[:, : crop.shape[1]] = crop
    widths = np.array([[crop.shape[1]] for crop in crops], np.int32)
    return {CROPS.name: padded, CROP_WIDTH.name: widths}


def _decode(
    answer: Tensors, count: int, characters: Sequence[str]
) -> tuple[list[Reading], list[float]]:
    """CTC, greedy: a run of one class is one character, class 0 separates runs.

    Also the probability of each crop's least probable character; 0 where it has none.
    """
    classes, scores = answer[CHARACTER.name], answer[CHARACTER_SCORE.name]
    if len(classes) != count or classes.shape != scores.shape or classes.ndim != 2:
        raise ModelFailed(
            f"{OCR_REC.name} answered {classes.shape} characters and {scores.shape} scores"
            f" for {count} crops"
        )
    if classes.size and not 0 <= classes.min() <= classes.max() <= len(characters):
        raise ModelFailed(
            f"{OCR_REC.name} answered classes {classes.min()} to {classes.max()};"
            f" expected 0 to {len(characters)}"
        )
    starts = np.ones(classes.shape, bool)
    starts[:, 1:] = classes[:, 1:] != classes[:, :-1]
    kept = starts & (classes != 0)
    readings = [
        ("".join(characters[c - 1] for c in row[keep]), float(score[keep].mean()))
        if keep.any()
        else ("", 0.0)
        for row, score, keep in zip(classes, scores, kept, strict=True)
    ]
    least = np.where(kept, scores, np.inf).min(axis=1, initial=np.inf)
    return readings, np.where(np.isinf(least), 0.0, least).tolist()

"""Crops of a whole batch of images -> their text, in few calls of well-filled, equal shapes."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vislex.contract import (
    CHARACTER,
    CHARACTER_SCORE,
    CROP_HEIGHT_PX,
    CROP_WIDTH,
    CROPS,
    OCR_REC,
    Tensors,
)
from vislex.errors import ModelFailed
from vislex.infer import Infer

# What a crop is padded to shows in ambiguous characters. RapidOCR pads to 320 and more: so do we.
WIDTH_BUCKETS_PX = (320, 480, 640, 960, 1280)
WIDTH_STEP_PX = 640  # beyond the widest bucket, widths are padded to multiples of it
MAX_CALL_PX = 2560  # summed widths of a call: at 5120 a crop takes 1.4 times as long on a CPU

Reading = tuple[str, float]  # text, mean probability of its characters


def read_crops(
    crops: Sequence[NDArray[np.uint8]], infer: Infer, characters: Sequence[str]
) -> list[Reading]:
    """Reads (48, w, 3) RGB crops; answers one text and score per crop, in their order.

    `characters[k]` is what class k + 1 stands for. A crop without text reads as ("", 0.0).
    Raises ModelFailed when the model fails or answers classes that have no character.
    """
    readings: list[Reading] = [("", 0.0)] * len(crops)
    for chunk, width_px in _chunks([crop.shape[1] for crop in crops]):
        answer = infer(OCR_REC, _pad([crops[i] for i in chunk], width_px))
        for i, reading in zip(chunk, _decode(answer, len(chunk), characters), strict=True):
            readings[i] = reading
    return readings


def bucket_px(width_px: int) -> int:
    """The padded width for a crop: the narrowest bucket that holds it."""
    for bucket in WIDTH_BUCKETS_PX:
        if width_px <= bucket:
            return bucket
    return -(-width_px // WIDTH_STEP_PX) * WIDTH_STEP_PX


def _chunks(widths: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Crops that go together, narrow first: their indices, and the width they are padded to."""
    buckets: dict[int, list[int]] = {}
    for i in sorted(range(len(widths)), key=widths.__getitem__):
        buckets.setdefault(bucket_px(widths[i]), []).append(i)
    for bucket, members in buckets.items():
        size = max(1, MAX_CALL_PX // bucket)
        for start in range(0, len(members), size):
            yield members[start : start + size], bucket


def _pad(crops: Sequence[NDArray[np.uint8]], width_px: int) -> Tensors:
    """One batch of equal widths; the model itself blanks what lies beyond each crop's width."""
    padded = np.zeros((len(crops), CROP_HEIGHT_PX, width_px, 3), np.uint8)
    for row, crop in zip(padded, crops, strict=True):
        row[:, : crop.shape[1]] = crop
    widths = np.array([[crop.shape[1]] for crop in crops], np.int32)
    return {CROPS.name: padded, CROP_WIDTH.name: widths}


def _decode(answer: Tensors, count: int, characters: Sequence[str]) -> list[Reading]:
    """CTC, greedy: a run of one class is one character, class 0 separates runs."""
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
    return [
        ("".join(characters[c - 1] for c in row[keep]), float(score[keep].mean()))
        if keep.any()
        else ("", 0.0)
        for row, score, keep in zip(classes, scores, kept, strict=True)
    ]

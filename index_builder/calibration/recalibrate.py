"""Calibrating a published gallery again: another false-reject rate, or known images of `other`."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from index_builder.calibration.calibrate import calibrate
from index_builder.calibration.queries import Query
from index_builder.ingest.images import SUFFIXES
from vislex.errors import InvalidImage, InvalidInput
from vislex.gallery.lock import GalleryLock
from vislex.images.limits import DEFAULT_LIMITS
from vislex.images.prepare import embed, prepare
from vislex.infer import Infer
from vislex.ocr import read_text
from vislex.screens.calibration import Calibration
from vislex.screens.gallery import Gallery
from vislex.screens.storage import publish_gallery
from vislex.text.units import screen_text


def observe_others(folder: Path, infer: Infer, characters: Sequence[str]) -> list[Query]:
    """Embeds and reads every image below `folder`, all of them known to be `other`.

    Raises InvalidInput when there is none, or one cannot be read: a calibration that silently
    leaves some out would promise what it has not seen.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise InvalidInput(f"{folder} holds no image of `other`")
    return list(observe(files, infer, characters))


def known_from(calibration: Calibration, confidence: float) -> Calibration:
    """The calibration with both thresholds at a confidence. Raises InvalidInput outside 0..1."""
    if not 0 < confidence < 1:
        raise InvalidInput(f"least confidence is {confidence}; expected above 0, below 1")
    logit = math.log(confidence / (1 - confidence))
    return replace(
        calibration,
        with_text=replace(calibration.with_text, threshold=logit),
        without_text=replace(calibration.without_text, threshold=logit),
    )


def observe(files: Sequence[Path], infer: Infer, characters: Sequence[str]) -> Iterator[Query]:
    """Each image as a query. Raises InvalidInput, naming it, where one cannot be read."""
    for path in tqdm(files, unit="image", desc="others"):
        try:
            image = prepare(path.read_bytes(), DEFAULT_LIMITS)
        except (InvalidImage, OSError) as error:
            raise InvalidInput(f"{path}: {error}") from None
        lines = read_text([image.canvas], infer, characters)[0]
        yield Query(np.asarray(embed([image], infer)[0]), screen_text(lines))


def recalibrate(
    lock: GalleryLock,
    gallery: Gallery,
    others: Sequence[Query],
    false_reject_rate: float,
    least_confidence: float | None = None,
) -> str:
    """Publishes the gallery with a new calibration as the next version, and answers its name.

    `least_confidence` is where a query is known from, in place of what the gallery taught. Raises
    InvalidInput where a share is not between 0 and 1.
    """
    if not 0 < false_reject_rate < 1:
        raise InvalidInput(f"false-reject rate is {false_reject_rate}; expected above 0, below 1")
    calibration = calibrate(gallery, others, false_reject_rate)
    if least_confidence is not None:
        calibration = known_from(calibration, least_confidence)
    return publish_gallery(lock, replace(gallery, calibration=calibration))

"""The input of a benchmark: images, and the models that classify them in this process."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loadtest.payloads import read_folder
from loadtest.raw import Libraries, in_a_row
from vislex.contract.images import EMBEDDING, OCR_REC, SIGLIP2
from vislex.gallery.recipe import read_recipe
from vislex.images.decode import decode_image
from vislex.images.limits import DEFAULT_LIMITS
from vislex.images.observe import Models
from vislex.infer import Infer
from vislex.infer.pbtxt import read_config
from vislex.infer.repository import open_infer
from vislex.ocr.characters import read_characters


@dataclass(frozen=True)
class Workload:
    """The images, and what classifies them in this process."""

    images: tuple[bytes, ...]
    decoded: tuple[NDArray[np.uint8], ...]
    models: Models
    alone: Infer  # each call on all cores
    libraries: Libraries
    engine: str  # the backend that the repository names

    @property
    def megapixels(self) -> float:
        """Of an image, on average."""
        return float(np.mean([image.shape[0] * image.shape[1] for image in self.decoded])) / 1e6


def open_workload(folder: Path, limit: int, repository: Path) -> Workload:
    """Raises RepositoryError where there are no images or no models."""
    images = tuple(payload.data for payload in read_folder(folder, limit))
    infer = open_infer(repository)
    models = Models(infer, read_characters(repository), read_recipe(repository).dim)
    return Workload(
        images,
        tuple(decode_image(data, DEFAULT_LIMITS) for data in images),
        models,
        in_a_row(repository),
        Libraries(lambda tensors: infer(SIGLIP2, tensors)[EMBEDDING.name]),
        read_config(repository / OCR_REC.name).backend,
    )


def say(what: str) -> None:
    """What is being measured, for who waits."""
    print(f"measuring: {what}", file=sys.stderr, flush=True)

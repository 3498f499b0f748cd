"""The models alone, and the libraries as they come, on the same images: what serving is held to."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vislex.config import usable_cores
from vislex.contract.images import OCR_REC
from vislex.contract.spec import ModelSpec, Tensors
from vislex.images.decode import decode_image
from vislex.images.limits import DEFAULT_LIMITS
from vislex.images.observe import Models, observe
from vislex.images.patches import prepare_patches, stack
from vislex.infer import Infer, infer_all
from vislex.infer.repository import open_one, opened_once

Embed = Callable[[Tensors], Any]  # an encoder alone: patches of one image -> its embedding


@dataclass(frozen=True)
class Call:
    """One run of one model: the very tensors it was given."""

    model: ModelSpec
    inputs: Tensors


def record_calls(images: Sequence[bytes], models: Models) -> list[Call]:
    """Every run of a model that classifying the images takes, each image on its own."""
    calls: list[Call] = []

    def recording(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        calls.append(Call(model, dict(inputs)))
        return models.infer(model, inputs)

    for data in images:
        observe([data], replace(models, infer=recording))
    return calls


def replay(calls: Sequence[Call], infer: Infer) -> dict[str, float]:
    """Runs the calls one after the other: model name -> seconds in all."""
    seconds: dict[str, float] = {}
    for call in calls:
        started = time.perf_counter()
        infer(call.model, call.inputs)
        taken = time.perf_counter() - started
        seconds[call.model.name] = seconds.get(call.model.name, 0.0) + taken
    return seconds


def replay_spread(calls: Sequence[Call], infer: Infer) -> None:
    """Runs the calls as `read_text` does: those of an image's crops side by side."""
    for name, some in groupby(calls, key=lambda call: call.model.name):
        if name == OCR_REC.name:
            deque(infer_all(infer, OCR_REC, [call.inputs for call in some]), maxlen=0)
        else:
            replay(list(some), infer)


def in_a_row(repository: Path) -> Infer:
    """The models of a repository, each call on all cores: what replaying them takes is raw time."""
    return opened_once(lambda model: open_one(repository / model.name, usable_cores()))


class Libraries:
    """The study's way: an encoder, then RapidOCR as it comes, in this process."""

    def __init__(self, encoder: Embed) -> None:
        from rapidocr_onnxruntime import RapidOCR

        self._encoder = encoder
        self._reader = RapidOCR()

    def classify_all(self, images: Sequence[bytes]) -> None:
        """Decodes each, embeds it, reads it; the look-up is left out, in the libraries' favour."""
        for data in images:
            image = decode_image(data, DEFAULT_LIMITS)
            self._encoder(stack([prepare_patches(image)]))
            self.read(image)

    def read(self, image: Any) -> str:
        """Text of (h, w, 3) RGB, its lines joined by line ends."""
        rows, _ = self._reader(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        return "\n".join(row[1] for row in rows or [])


def torch_encoder(checkpoint: Path) -> Embed:
    """transformers' own model of a checkpoint, float32, as the study ran it."""
    import torch

    from export.encoders.checkpoint import open_checkpoint
    from export.encoders.load import load_tower

    model = load_tower(open_checkpoint(checkpoint), "vision")

    def encode(inputs: Tensors) -> Any:
        with torch.inference_mode():
            given = {name: torch.from_numpy(np.asarray(value)) for name, value in inputs.items()}
            return model(**given).pooler_output.numpy()

    return encode

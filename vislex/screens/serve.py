"""What the served pipeline adds to its galleries: how they are opened, and queries of several."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vislex.gallery.index_gpu import to_gpu
from vislex.gallery.manifest import Manifest
from vislex.gallery.recipe import Recipe
from vislex.ocr.lines import Page
from vislex.screens.classify import Classification, match
from vislex.screens.gallery import Gallery
from vislex.screens.options import Options
from vislex.screens.soundness import require_sound
from vislex.screens.storage import check_gallery, open_gallery


@dataclass(frozen=True)
class ScreenOpener:
    """Opens galleries of screens for models of one recipe; see vislex.live.galleries.Opener."""

    recipe: Recipe
    gpu: int | None = None  # the device to search on, None for the CPU

    def check(self, root: Path, version: str) -> tuple[str, Manifest]:
        return check_gallery(root, self.recipe, version)

    def open(self, root: Path, version: str) -> Gallery:
        gallery = open_gallery(root, self.recipe, version=version)
        _ = gallery.lexicon  # now, and not when the first request asks
        if self.gpu is not None:
            gallery = replace(gallery, index=to_gpu(gallery.index, self.gpu))
        require_sound(gallery)
        return gallery


@dataclass(frozen=True)
class MatchRequest:
    """One embedded and read image, float32 (dim,), and the version that answers it."""

    embedding: NDArray[np.float32]
    page: Page
    options: Options
    name: str  # of the gallery asked
    gallery: Gallery


def match_each(requests: Sequence[MatchRequest]) -> list[Classification]:
    """`match` for requests to several versions; those to one are looked up together."""
    groups: dict[int, list[int]] = defaultdict(list)
    for i, request in enumerate(requests):
        groups[id(request.gallery)].append(i)
    answers: dict[int, Classification] = {}
    for members in groups.values():
        group = [requests[i] for i in members]
        matched = match(
            np.stack([request.embedding for request in group]),
            [request.page for request in group],
            [request.options for request in group],
            group[0].gallery,
        )
        answers |= zip(members, matched, strict=True)
    return [answers[i] for i in range(len(requests))]

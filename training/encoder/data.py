"""A cache of rendered shots on disk: one file of JPEG bytes, and where each shot lies in it."""

import io
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from training.drawing.pen import Screen
from training.drawing.screens import draw_family, draw_shot

_FAMILIES_PER_SEED = 10_000_000  # so that no two seeds share a family


@dataclass(frozen=True)
class Recipe:
    """What is rendered: `families` of the seed, `shots` of each of their screens."""

    seed: int
    families: int
    shots: int


@dataclass(frozen=True)
class Shots:
    """Rendered shots, those of a family next to each other. All arrays have one entry per shot."""

    blob: NDArray[np.uint8]  # every JPEG file, end to end
    ends: NDArray[np.int64]  # where each ends in the blob
    family: NDArray[np.int64]
    app: NDArray[np.int64]  # unique over families
    screen: NDArray[np.int64]  # the class, unique over apps

    def __len__(self) -> int:
        return len(self.ends)

    def jpeg(self, shot: int) -> bytes:
        start = int(self.ends[shot - 1]) if shot else 0
        return self.blob[start : self.ends[shot]].tobytes()


def open_shots(recipe: Recipe, cache: Path) -> Shots:
    """The recipe's shots, rendered on all cores unless `cache` already holds them."""
    told = cache / "recipe.json"
    if not told.is_file() or json.loads(told.read_text()) != asdict(recipe):
        cache.mkdir(parents=True, exist_ok=True)
        told.unlink(missing_ok=True)
        _render(recipe, cache)
        told.write_text(json.dumps(asdict(recipe)) + "\n")
    index = np.load(cache / "index.npz")
    blob = np.fromfile(cache / "shots.bin", np.uint8)
    return Shots(blob, **{name: index[name] for name in ("ends", "family", "app", "screen")})


def batches(shots: Shots, size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Indices of `size` shots at a time, for ever: whole families, so that look-alikes meet.

    Families come in an order drawn anew each round; only the last of a batch may be cut short.
    """
    starts = np.flatnonzero(np.diff(shots.family, prepend=shots.family[0] - 1))
    members = np.split(np.arange(len(shots)), starts[1:])
    waiting: list[NDArray[np.int64]] = []
    while True:
        for family in rng.permutation(len(members)):
            waiting.append(members[family])
            if sum(map(len, waiting)) >= size:
                yield np.concatenate(waiting)[:size]
                waiting = []


def _render(recipe: Recipe, cache: Path) -> None:
    first = recipe.seed * _FAMILIES_PER_SEED
    jobs = [(first + number, recipe.shots) for number in range(recipe.families)]
    screens: list[Screen] = []
    ends: list[int] = []
    with (
        get_context("spawn").Pool(os.cpu_count()) as pool,
        (cache / "shots.bin").open("wb") as file,
    ):
        drawn = pool.imap(_render_family, jobs, chunksize=4)
        for screen, jpeg in chain.from_iterable(tqdm(drawn, "families", len(jobs), mininterval=5)):
            file.write(jpeg)
            ends.append(file.tell())
            screens.append(screen)
    np.savez(
        cache / "index.npz",
        ends=np.array(ends),
        family=np.array([screen.family for screen in screens]),
        app=_numbered([(screen.family, screen.variant) for screen in screens]),
        screen=_numbered([(screen.family, screen.variant, screen.screen) for screen in screens]),
    )


def _numbered(keys: list[tuple[int, ...]]) -> NDArray[np.int64]:
    """Equal keys get equal numbers."""
    inverse = np.unique(np.array(keys), axis=0, return_inverse=True)[1]
    return np.asarray(inverse, np.int64).reshape(-1)


def _render_family(job: tuple[int, int]) -> list[tuple[Screen, bytes]]:
    family, shots = job
    return [(s, _encode(s, shot)) for s in draw_family(family) for shot in range(shots)]


def _encode(screen: Screen, shot: int) -> bytes:
    file = io.BytesIO()
    quality = Random(f"quality {screen} {shot}").randint(55, 96)
    draw_shot(screen, shot).save(file, "JPEG", quality=quality)
    return file.getvalue()

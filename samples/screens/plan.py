"""Decides which images there are: label, phone, font, format and seed of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from samples.screens.device import PHONES, WEIGHTS, Phone
from samples.screens.fonts import Face

LABELS = (
    "ayh_amount", "ayh_user_info", "dxm_amount", "dxm_user_info", "dxm_yqh", "dyfxj_amount",
    "dyfxj_user_info", "jb_main_page", "jdjr_amount", "jdjr_total_amount", "jdjr_user_info",
    "mtshf_amount", "mtshf_total_amount", "mtshf_user_info", "ppd_amount", "ppd_user_info",
    "wld_amount", "wld_user_info", "zfb_my_homepage-zfb_my_name_card", "zsyh_amount",
    "zsyh_amount_detail", "zsyh_setting",
)  # fmt: skip
OTHER = "other"
GALLERY_EACH = 8
QUERIES_EACH = 4
LOOK_ALIKES = 50
UNRELATED = 22
# (format, quality); quality is 0 for PNG. One pack serves twelve images.
FORMATS = (
    ("webp", 35), ("webp", 35), ("webp", 40), ("webp", 45), ("webp", 45), ("webp", 50),
    ("webp", 55), ("webp", 70), ("jpg", 35), ("jpg", 45), ("jpg", 60), ("png", 0),
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """One image to draw. `imitates` and `unrelated` are empty but for the label `other`."""

    split: str
    label: str
    index: int
    style: str
    seed: int
    phone: Phone
    face: Face
    format: str
    quality: int
    imitates: str = ""
    unrelated: str = ""

    @property
    def path(self) -> str:
        about = f"_like_{self.imitates}" if self.imitates else ""
        about = f"_{self.unrelated}" if self.unrelated else about
        return f"{self.split}/{self.label}/{self.index:02d}{about}.{self.format}"


def seed_of(*parts: object) -> int:
    """64 bits of SHA-256: the same in every process, which Python's own hash is not."""
    return int.from_bytes(sha256("/".join(map(str, parts)).encode()).digest()[:8], "big")


def plan(seed: int, style: str, faces: Sequence[Face], kinds: Sequence[str]) -> list[Job]:
    """All jobs, sorted by split and label; `kinds` names the unrelated screens."""
    jobs: list[Job] = []
    for label in LABELS:
        cards = _deal(Random(seed_of(seed, style, "cards", label)), faces)
        for split, count in (("gallery", GALLERY_EACH), ("queries", QUERIES_EACH)):
            for index in range(count):
                own = seed_of(seed, style, split, label, index)
                jobs.append(Job(split, label, index, style, own, *next(cards)))
    for index in range(LOOK_ALIKES + UNRELATED):
        own = seed_of(seed, style, "queries", OTHER, index)
        like = LABELS[index % len(LABELS)] if index < LOOK_ALIKES else ""
        kind = "" if like else kinds[(index - LOOK_ALIKES) % len(kinds)]
        if index % len(FORMATS) == 0:
            # A new deal for every twelve, as each label has: `other` must not show by its phones.
            cards = _deal(Random(seed_of(seed, style, "cards", OTHER, index)), faces)
        jobs.append(Job("queries", OTHER, index, style, own, *next(cards), like, kind))
    return sorted(jobs, key=lambda job: job.path)


def _deal(rng: Random, faces: Sequence[Face]) -> Iterator[tuple[Phone, Face, str, int]]:
    """Deals phones with fonts so that no pair comes twice for a label until all have come.

    Formats come from their own pack in the same way; `other` is dealt from the same packs.
    """
    packs: list[tuple[str, int]] = []
    pairs: list[tuple[Phone, Face]] = []
    while True:
        if not pairs:
            pairs = [(phone, face) for phone in PHONES for face in faces]
            weight = dict(zip(PHONES, WEIGHTS, strict=True))
            # A weighted shuffle: the larger the weight, the earlier a pair tends to come.
            pairs.sort(key=lambda pair: rng.random() ** (1 / weight[pair[0]]))
        if not packs:
            packs = list(FORMATS)
            rng.shuffle(packs)
        yield *pairs.pop(), *packs.pop()

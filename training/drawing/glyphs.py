"""Writing without meaning: installed fonts, and words of their scripts drawn at random."""

import subprocess
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PIL import ImageFont

from vislex.errors import RepositoryError

# The 3755 everyday characters of GB 2312 (rows 16 to 55), in the standard's own order.
_HANZI = bytes(
    byte
    for row in range(0xB0, 0xD8)
    for cell in range(0xA1, 0xFA if row == 0xD7 else 0xFF)
    for byte in (row, cell)
).decode("gb2312")
_KANA = "".join(map(chr, range(0x30A2, 0x30F0)))
_HANGUL = "".join(map(chr, range(0xAC00, 0xD7A3, 7)))
_CYRILLIC = "".join(map(chr, range(0x430, 0x450)))
_ONSETS = (
    *"bcdfghjklmnprstvwz", "br", "ch", "cl", "dr", "fl", "gr", "pl", "qu", "sh", "st", "th", "tr",
)  # fmt: skip
_RIMES = (
    *"aeiou", "ai", "ea", "ou", "an", "en", "in", "on", "ar", "er", "or", "al", "el", "is", "us",
    "ing", "ent", "ate",
)  # fmt: skip

_SAMPLES = {"latin": "ag", "hanzi": "中", "kana": "ア", "hangul": "가", "cyrillic": "ж"}


@dataclass(frozen=True)
class Face:
    """A font file's face and the scripts it can write."""

    path: str
    index: int
    scripts: frozenset[str]

    def at(self, size_px: int) -> ImageFont.FreeTypeFont:
        return _open(self.path, self.index, max(4, size_px))


@lru_cache(maxsize=1)
def faces() -> tuple[Face, ...]:
    """Every installed face that writes Latin, in a fixed order; raises RepositoryError at none.

    `fc-list` tells them, so what a screen looks like depends on the machine's fonts: the same
    fonts and seed, the same screens.
    """
    try:
        command = ["fc-list", "--format", "%{file}\t%{index}\n"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise RepositoryError(f"fc-list cannot tell the installed fonts: {error}") from error
    entries = sorted({tuple(line.split("\t")) for line in listed.splitlines() if "\t" in line})
    found = [_face(path, int(index)) for path, index in entries if int(index) < 16]
    usable = tuple(face for face in found if "latin" in face.scripts)
    if not usable:
        raise RepositoryError("no installed font writes Latin; expected some, DejaVu Sans for one")
    return usable


def pick_face(rng: Random, script: str) -> Face:
    """A face that writes `script`; Latin where none does."""
    fitting = [face for face in faces() if script in face.scripts]
    return rng.choice(fitting or list(faces()))


def pick_script(rng: Random) -> str:
    """Mostly Latin and Chinese, as the screens the encoder will meet."""
    return rng.choices(list(_SAMPLES), [46, 38, 6, 5, 5])[0]


def word(rng: Random, script: str, syllables: int = 0) -> str:
    """One word: 1 to 4 syllables, or that many."""
    count = syllables or rng.randint(1, 4)
    if script == "latin":
        text = "".join(rng.choice(_ONSETS) + rng.choice(_RIMES) for _ in range(min(count, 3)))
        return text.capitalize() if rng.random() < 0.6 else text
    letters = {"hanzi": _HANZI, "kana": _KANA, "hangul": _HANGUL, "cyrillic": _CYRILLIC}[script]
    count = count * 2 if script == "cyrillic" else count
    return "".join(rng.choice(letters) for _ in range(max(2, count)))


def phrase(rng: Random, script: str, words: int) -> str:
    """Several words, spaced as the script spaces them."""
    gap = "" if script in {"hanzi", "kana"} else " "
    return gap.join(word(rng, script) for _ in range(words))


def number(rng: Random) -> str:
    """An amount, a time, a date, a share or a count."""
    whole = rng.randrange(10 ** rng.randint(1, 6))
    return rng.choice(
        (
            f"{whole:,}.{rng.randrange(100):02d}",
            f"{rng.randrange(24)}:{rng.randrange(60):02d}",
            f"20{rng.randrange(15, 30)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
            f"{rng.randrange(100)}%",
            f"{whole}",
        )
    )


def _face(path: str, index: int) -> Face:
    try:
        font = _open(path, index, 24)
        blank = bytes(font.getmask("\U0010fffe"))
        writes = {s for s, text in _SAMPLES.items() if bytes(font.getmask(text[0])) != blank}
    except OSError:  # a bitmap or broken font: listed, but not for us
        writes = set()
    return Face(path, index, frozenset(writes))


@lru_cache(maxsize=64)  # a family needs a dozen; each open face maps its whole file
def _open(path: str, index: int, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size_px, index=index)

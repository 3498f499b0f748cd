"""What all images of a gallery say, as arrays: each distinct line once, and its terms once.

Screens of a label share most of their lines, so this is a tenth of the words themselves. It is
stored with a gallery, because cutting a million lines into terms is what opening one would take
longest for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from sys import intern
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislex.gallery.ragged import Ragged
from vislex.text.units import ScreenText, Units, terms_of, text_of

# Raise it when `screen_text`, `units_of` or `terms_of` cut otherwise: texts that were stored are
# then cut again. 2: the status bar is told by place, size and content (vislex.text.status_bar).
TOKENIZER_VERSION = 2

_CACHED = 1 << 13  # lines


@dataclass(frozen=True)
class Texts:
    """Lines and terms by number; the numbers say nothing."""

    images: Ragged  # int32, the numbers of each image's lines
    lines: Ragged  # uint8, each distinct line: its units in UTF-8, a space between them
    line_terms: Ragged  # int32, the numbers of each distinct line's terms, each once
    terms: Mapping[str, int]  # term -> its number

    def __len__(self) -> int:
        return len(self.images)

    def text(self, row: int) -> ScreenText:
        """The text of one image."""
        return text_of(tuple(_units(self.lines[line].tobytes()) for line in self.images[row]))

    def take(self, rows: NDArray[np.int64]) -> "Texts":
        """The texts of some images; lines and terms keep their numbers."""
        return Texts(self.images.take(rows), self.lines, self.line_terms, self.terms)


def texts_of(images: Iterable[tuple[Units, ...]]) -> Texts:
    """Numbers the lines of images, given as units (see `vislex.text.units.screen_text`)."""
    lines: dict[Units, int] = {}
    of_images = [
        np.array([lines.setdefault(line, len(lines)) for line in image], np.int32)
        for image in images
    ]
    terms: dict[str, int] = {}
    of_lines = [
        np.array([terms.setdefault(t, len(terms)) for t in dict.fromkeys(terms_of(line))], np.int32)
        for line in lines
    ]
    return Texts(
        Ragged.of(of_images, np.int32),
        _encoded(" ".join(line) for line in lines),
        Ragged.of(of_lines, np.int32),
        terms,
    )


def joined(first: Texts, second: Texts) -> Texts:
    """The texts of the images of both, in order."""
    known = {first.lines[i].tobytes(): i for i in range(len(first.lines))}
    encoded = [second.lines[i].tobytes() for i in range(len(second.lines))]
    lines = np.array([known.setdefault(line, len(known)) for line in encoded], np.int32)
    new = np.flatnonzero(lines >= len(first.lines))
    terms = dict(first.terms)
    numbers = np.array([terms.setdefault(term, len(terms)) for term in second.terms], np.int32)
    moved = Ragged(lines[second.images.values], second.images.starts)
    fresh = second.line_terms.take(new)
    return Texts(
        first.images.joined(moved),
        first.lines.joined(second.lines.take(new)),
        first.line_terms.joined(Ragged(numbers[fresh.values], fresh.starts)),
        terms,
    )


def compact(texts: Texts) -> Texts:
    """The same without lines and terms that no image shows."""
    lines, numbers = np.unique(texts.images.values, return_inverse=True)
    of_lines = texts.line_terms.take(lines)
    kept, renumbered = np.unique(of_lines.values, return_inverse=True)
    spelled = list(texts.terms)
    return Texts(
        Ragged(numbers.astype(np.int32), texts.images.starts),
        texts.lines.take(lines),
        Ragged(renumbered.astype(np.int32), of_lines.starts),
        {spelled[old]: new for new, old in enumerate(kept.tolist())},
    )


def to_arrays(texts: Texts) -> dict[str, NDArray[Any]]:
    """Texts as arrays alone, by name; images first, so that a reader sees what belongs together."""
    terms = _encoded(texts.terms)
    named = {
        "images": texts.images,
        "lines": texts.lines,
        "line_terms": texts.line_terms,
        "terms": terms,
    }
    return {
        f"{name}_{part}": getattr(rows, part)
        for name, rows in named.items()
        for part in ("values", "starts")
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]], images: int) -> Texts:
    """The texts `to_arrays` gave; raises KeyError or ValueError where they are not whole."""
    rows = {
        name: Ragged(arrays[f"{name}_values"], arrays[f"{name}_starts"])
        for name in ("images", "lines", "line_terms", "terms")
    }
    count = len(rows["lines"].starts) - 1
    rows["images"].check(images, below=count)
    rows["lines"].check(count)
    rows["line_terms"].check(count, below=len(rows["terms"].starts) - 1)
    rows["terms"].check(len(rows["terms"].starts) - 1)
    encoded, starts = rows["terms"].values.tobytes(), rows["terms"].starts.tolist()
    spelled = [encoded[a:b].decode() for a, b in pairwise(starts)]
    return Texts(
        rows["images"],
        rows["lines"],
        rows["line_terms"],
        {term: number for number, term in enumerate(spelled)},
    )


def _encoded(texts: Iterable[str]) -> Ragged:
    return Ragged.of((np.frombuffer(text.encode(), np.uint8) for text in texts), np.uint8)


@lru_cache(_CACHED)
def _units(line: bytes) -> Units:
    return tuple(intern(unit) for unit in line.decode().split(" "))

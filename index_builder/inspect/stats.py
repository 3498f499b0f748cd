"""Statistics of a gallery: copies, outliers, and labels that are too similar."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from index_builder.calibration.folds import by_id, same_screen, spread
from vislex.gallery.index import nearest
from vislex.screens.gallery import Gallery

SAMPLE = 20_000  # images compared with the whole gallery; of more, so many evenly spread
FEW = 3  # images of a label below which a decision on it is uncertain
ODD = 3.5  # median absolute deviations below the label's median; Iglewicz and Hoaglin 1993
NEAR = 10  # neighbours of an image that are looked at
ALIKE = 0.5  # share of a label's images whose nearest other image is of one other label
_BLOCK = 256


@dataclass(frozen=True)
class Pair:
    """Two images under different labels that show the same."""

    first: str
    second: str
    cosine: float
    exact: bool  # the very same file


@dataclass(frozen=True)
class Odd:
    """An image unlike the others of its label: its cosine to their mean, and the label's usual."""

    id: str
    label: str
    cosine: float
    usual: float


@dataclass(frozen=True)
class Alike:
    """A label whose images are mostly nearest to images of another label."""

    label: str
    other: str
    share: float


@dataclass(frozen=True)
class Stats:
    """Findings, the worst first."""

    images: int
    compared: int  # images looked at for pairs and labels alike
    counts: tuple[tuple[str, int], ...]  # images of each label, by label
    few: tuple[str, ...]
    pairs: tuple[Pair, ...]
    odd: tuple[Odd, ...]
    alike: tuple[Alike, ...]


def stats_of(gallery: Gallery) -> Stats:
    """Looks at every image, at pairs and labels with SAMPLE of them."""
    counts = Counter(gallery.items.labels)
    rows = spread(by_id(gallery, np.arange(len(gallery.items))), SAMPLE)
    near, pairs = _neighbours(gallery, rows)
    pairs += _copies(gallery)
    unique = {(p.first, p.second): p for p in sorted(pairs, key=lambda p: p.exact)}
    return Stats(
        len(gallery.items),
        len(rows),
        tuple(sorted(counts.items())),
        tuple(sorted(label for label, count in counts.items() if count < FEW)),
        tuple(sorted(unique.values(), key=lambda p: (not p.exact, -p.cosine, p.first))),
        tuple(sorted(_odd(gallery), key=lambda o: (o.cosine - o.usual, o.id))),
        tuple(sorted(_alike(gallery, near), key=lambda a: (-a.share, a.label))),
    )


def _neighbours(
    gallery: Gallery, rows: NDArray[np.int64]
) -> tuple[list[tuple[int, int]], list[Pair]]:
    """(row, nearest row that is not a copy under its own label), and pairs that show the same."""
    label_of = gallery.lexicon.label_of
    nearest_to: list[tuple[int, int]] = []
    pairs: list[Pair] = []
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        near = nearest(gallery.index, gallery.index.vectors(block), NEAR + 1)
        for row, others, cosines in zip(block, near.rows, near.similarity, strict=True):
            rest = [(int(o), float(c)) for o, c in zip(others, cosines, strict=True) if o != row]
            if rest:
                nearest_to.append((int(row), rest[0][0]))
            pairs += [
                _pair(gallery, int(row), other, cosine)
                for other, cosine in rest
                if label_of[other] != label_of[row] and same_screen(gallery, row, other, cosine)
            ]
    return nearest_to, pairs


def _copies(gallery: Gallery) -> list[Pair]:
    """The same file under several labels."""
    rows = defaultdict[str, list[int]](list)
    for row, digest in enumerate(gallery.items.digests):
        if digest:
            rows[digest].append(row)
    labels = gallery.items.labels
    return [
        _pair(gallery, a, b, 1.0)
        for same in rows.values()
        for a, b in combinations(same, 2)
        if labels[a] != labels[b]
    ]


def _pair(gallery: Gallery, a: int, b: int, cosine: float) -> Pair:
    first, second = sorted((gallery.items[a], gallery.items[b]), key=lambda item: item.id)
    exact = bool(first.sha256) and first.sha256 == second.sha256
    return Pair(first.id, second.id, round(cosine, 4), exact)


def _odd(gallery: Gallery) -> Iterator[Odd]:
    for rows in gallery.lexicon.rows_of:
        if len(rows) <= FEW:
            continue
        vectors = gallery.index.vectors(rows)
        # Without the image itself, or one of few would pull the mean towards it.
        means = vectors.sum(axis=0) - vectors
        cosines = (vectors * means).sum(axis=1) / np.maximum(np.linalg.norm(means, axis=1), 1e-9)
        usual = float(np.median(cosines))
        spread_of = max(1.4826 * float(np.median(np.abs(cosines - usual))), 1e-3)
        for row, cosine in zip(rows, cosines.tolist(), strict=True):
            if usual - cosine > ODD * spread_of:
                items = gallery.items
                yield Odd(items.ids[row], items.labels[row], round(cosine, 4), round(usual, 4))


def _alike(gallery: Gallery, nearest_to: Sequence[tuple[int, int]]) -> Iterator[Alike]:
    labels = gallery.items.labels
    other_of = defaultdict[str, Counter[str]](Counter)
    for row, other in nearest_to:
        other_of[labels[row]][labels[other]] += 1
    for label, others in other_of.items():
        name, count = max(others.items(), key=lambda pair: (pair[1], pair[0]))
        if name != label and count >= ALIKE * others.total():
            yield Alike(label, name, round(count / others.total(), 4))

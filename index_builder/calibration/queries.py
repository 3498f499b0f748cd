"""A gallery's own images, asked again: as known queries, and as `other` with their label gone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index_builder.calibration.folds import by_id, image_folds, label_folds, spread
from vislex.gallery.index import nearest
from vislex.screens.decision import Facts, facts_of, tried
from vislex.screens.gallery import Gallery, without
from vislex.screens.lexicon import LazyLexicon
from vislex.screens.options import DEFAULT_OPTIONS
from vislex.screens.ranking import Ranked, rank_both, score
from vislex.text.units import ScreenText
from vislex.text.vocabulary import label_words

SAMPLE = 2000  # images asked; a 2 % quantile of this many stands on 40 of them
FEW = (1, 2, 4)  # images of a label that a query is asked against, to learn what few are worth

_NO_TEXT = ScreenText((), frozenset())


@dataclass(frozen=True)
class Query:
    """An image asked: its embedding, float32 (dim,), and its text."""

    embedding: NDArray[np.float32]
    text: ScreenText


@dataclass(frozen=True)
class Known:
    """A query of a label of the gallery: what speaks for that label, where it was found at all."""

    label: int  # its number in the gallery asked about
    images: int  # of the label, without the query
    with_text: Facts | None
    without_text: Facts | None
    few: tuple[tuple[int, Facts], ...]  # had the label only so many images


@dataclass(frozen=True)
class Strange:
    """A query of `other`: the facts on the label it is taken for, with its text and without."""

    with_text: Facts | None
    without_text: Facts


def known_queries(gallery: Gallery) -> list[Known]:
    """Images asked against the gallery without them and their near-duplicates."""
    found = []
    for rows, rest in _folds(gallery, image_folds(gallery)):
        for row in rows:
            label = int(gallery.lexicon.label_of[row])
            number = rest.labels.index(gallery.labels[label])
            found.append(_known(query_of(gallery, row), label, number, rest))
    return found


def strange_queries(gallery: Gallery) -> list[Strange]:
    """Images asked against the gallery without their label."""
    return [
        strange(query_of(gallery, row), rest)
        for rows, rest in _folds(gallery, label_folds(gallery))
        for row in rows
    ]


def query_of(gallery: Gallery, row: int) -> Query:
    (embedding,) = gallery.index.vectors(np.array([row]))
    return Query(embedding, gallery.lexicon.text(row))


def _folds(
    gallery: Gallery, folds: Iterable[NDArray[np.int64]]
) -> Iterator[tuple[NDArray[np.int64], Gallery]]:
    """The rows of each fold that are asked, SAMPLE of all, and the gallery without the fold."""
    folds = list(folds)
    share = SAMPLE / max(sum(map(len, folds)), 1)
    for rows in folds:
        yield spread(rows, max(1, round(share * len(rows)))), without(gallery, rows.tolist())


def _known(query: Query, label: int, number: int, rest: Gallery) -> Known:
    ranked = _ranked(query, rest)
    own = [one for one in tried(ranked, query.text, rest) if one.label == number]
    blind = _blind(query, rest)
    return Known(
        label,
        len(rest.lexicon.rows_of[number]),
        next((one for one in own if one.words is not None), None),
        blind if blind.label == number else None,
        tuple(_few(query, number, ranked, rest)),
    )


def strange(query: Query, gallery: Gallery) -> Strange:
    """A query that shows none of a gallery's labels, asked."""
    facts = [one for one in tried(_ranked(query, gallery), query.text, gallery) if one.words]
    judge = gallery.calibration.with_text
    best = max(facts, key=lambda one: judge.logit(one.numbers), default=None)
    return Strange(best, _blind(query, gallery))


def _blind(query: Query, gallery: Gallery) -> Facts:
    """The facts had no text been read."""
    return tried(_ranked(replace(query, text=_NO_TEXT), gallery), _NO_TEXT, gallery)[0]


def _few(query: Query, number: int, ranked: Ranked, rest: Gallery) -> Iterator[tuple[int, Facts]]:
    """The facts on a label had it only a few of its images."""
    lexicon = rest.lexicon
    rows = by_id(rest, lexicon.rows_of[number])
    others = ranked.rows[lexicon.label_of[ranked.rows] != number]
    for count in FEW:
        if count >= len(rows):
            return
        kept = spread(rows, count)
        words = label_words([lexicon.text(row) for row in kept])
        profiles = lexicon.profiles.replaced(number, words)
        fewer = replace(rest, words=LazyLexicon.of(replace(lexicon, profiles=profiles)))
        again = score(
            np.concatenate([others, kept]), query.embedding, query.text, DEFAULT_OPTIONS, fewer
        )
        facts = facts_of(number, again, query.text, fewer)
        if facts.words is not None:
            yield count, facts


def _ranked(query: Query, gallery: Gallery) -> Ranked:
    near = nearest(gallery.index, query.embedding[np.newaxis], DEFAULT_OPTIONS.top_k)[0]
    return rank_both(near, query.embedding, query.text, DEFAULT_OPTIONS, gallery)

"""Asks a gallery its own images: as known queries, and, without their label, as `other` queries."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index_builder.calibration.folds import by_id, image_folds, label_folds, spread
from vislex.gallery.index import nearest
from vislex.screens.decision import LabelEvidence, evidence_for, evidence_for_top_labels
from vislex.screens.gallery import Gallery, without
from vislex.screens.lexicon import LazyLexicon
from vislex.screens.options import DEFAULT_OPTIONS
from vislex.screens.ranking import Ranked, rank_both, score
from vislex.text.units import ScreenText
from vislex.text.vocabulary import label_counts

SAMPLE = 2000  # images asked; the 2 % quantile of that many rests on 40 of them
FEW_IMAGES = (
    1,
    2,
    4,
)  # images that a label is cut down to, to measure how a label with few images scores

_NO_TEXT = ScreenText((), frozenset())


@dataclass(frozen=True)
class HeldOutImage:
    """An image that is asked as a query: its embedding, float32 (dim,), and its text."""

    embedding: NDArray[np.float32]
    text: ScreenText


@dataclass(frozen=True)
class Known:
    """A query of a label of the gallery: the evidence for that label, None where it was not among
    the top labels."""

    label: int  # its number in the gallery asked about
    images: int  # of the label, without the query
    with_text: LabelEvidence | None
    without_text: LabelEvidence | None
    with_fewer: tuple[
        tuple[int, LabelEvidence], ...
    ]  # number of images it is cut down to -> evidence


@dataclass(frozen=True)
class Unknown:
    """A query of `other`: the evidence for its nearest label, with its text and without."""

    with_text: LabelEvidence | None
    without_text: LabelEvidence


def known_queries(gallery: Gallery) -> list[Known]:
    """Images asked against the gallery without them and their near-duplicates."""
    queries = []
    for rows, rest in _folds(gallery, image_folds(gallery)):
        for row in rows:
            label = int(gallery.lexicon.label_of[row])
            number = rest.labels.index(gallery.labels[label])
            queries.append(_known(query_of(gallery, row), label, number, rest))
    return queries


def unknown_queries(gallery: Gallery) -> list[Unknown]:
    """Images asked against the gallery without their label."""
    return [
        ask_unknown(query_of(gallery, row), rest)
        for rows, rest in _folds(gallery, label_folds(gallery))
        for row in rows
    ]


def query_of(gallery: Gallery, row: int) -> HeldOutImage:
    (embedding,) = gallery.index.vectors(np.array([row]))
    return HeldOutImage(embedding, gallery.lexicon.text(row))


def _folds(
    gallery: Gallery, folds: Iterable[NDArray[np.int64]]
) -> Iterator[tuple[NDArray[np.int64], Gallery]]:
    """The rows of each fold that are asked, SAMPLE of all, and the gallery without the fold."""
    folds = list(folds)
    share = SAMPLE / max(sum(map(len, folds)), 1)
    for rows in folds:
        yield spread(rows, max(1, round(share * len(rows)))), without(gallery, rows.tolist())


def _known(query: HeldOutImage, label: int, number: int, rest: Gallery) -> Known:
    ranked = _ranked(query, rest)
    top = evidence_for_top_labels(ranked, query.text, rest)
    own = [each for each in top if each.label == number and each.word_evidence is not None]
    by_image = _without_text(query, rest)
    return Known(
        label,
        len(rest.lexicon.rows_of[number]),
        own[0] if own else None,
        by_image if by_image.label == number else None,
        tuple(_with_fewer_images(query, number, ranked, rest)),
    )


def ask_unknown(query: HeldOutImage, gallery: Gallery) -> Unknown:
    """Asks a query that shows none of the gallery's labels."""
    top = evidence_for_top_labels(_ranked(query, gallery), query.text, gallery)
    with_words = [label for label in top if label.word_evidence is not None]
    model = gallery.calibration.with_text
    best = max(with_words, key=lambda label: model.logit(label.numbers), default=None)
    return Unknown(best, _without_text(query, gallery))


def _without_text(query: HeldOutImage, gallery: Gallery) -> LabelEvidence:
    """The evidence for the nearest label if no text had been read."""
    blank = replace(query, text=_NO_TEXT)
    return evidence_for_top_labels(_ranked(blank, gallery), _NO_TEXT, gallery)[0]


def _with_fewer_images(
    query: HeldOutImage, number: int, ranked: Ranked, rest: Gallery
) -> Iterator[tuple[int, LabelEvidence]]:
    """The evidence for a label if it had only a few of its images."""
    lexicon = rest.lexicon
    rows = by_id(rest, lexicon.rows_of[number])
    others = ranked.rows[lexicon.label_of[ranked.rows] != number]
    for count in FEW_IMAGES:
        if count >= len(rows):
            return
        kept = spread(rows, count)
        counts = label_counts([lexicon.text(row) for row in kept])
        profiles = lexicon.profiles.replaced(number, counts)
        fewer = replace(rest, lazy_lexicon=LazyLexicon.of(replace(lexicon, profiles=profiles)))
        again = score(
            np.concatenate([others, kept]), query.embedding, query.text, DEFAULT_OPTIONS, fewer
        )
        evidence = evidence_for(number, again, query.text, fewer)
        if evidence.word_evidence is not None:
            yield count, evidence


def _ranked(query: HeldOutImage, gallery: Gallery) -> Ranked:
    near = nearest(gallery.index, query.embedding[np.newaxis], DEFAULT_OPTIONS.top_k)[0]
    return rank_both(near, query.embedding, query.text, DEFAULT_OPTIONS, gallery)

"""The words of a gallery: of each image, of each label, and of all labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vislex.screens.anchors import Profiles
from vislex.text.corpus import Texts, texts_of
from vislex.text.index import TextIndex, build_text_index
from vislex.text.units import ScreenText, Units
from vislex.text.vocabulary import LabelCounts, Vocabulary, label_counts


@dataclass(frozen=True)
class Lexicon:
    """Row i is the gallery's image i; labels are numbered in the order of `labels`."""

    labels: tuple[str, ...]  # sorted
    label_of: NDArray[np.int64]  # (rows,), number of each image's label
    rows_of: tuple[NDArray[np.int64], ...]  # the rows of each label
    texts: Texts
    vocabulary: Vocabulary
    profiles: Profiles  # of each label
    index: TextIndex

    def text(self, row: int) -> ScreenText:
        """The text of image `row`."""
        return self.texts.text(row)

    def counts_of(self, label: int) -> LabelCounts:
        """The word counts of a label, made on demand: a request needs only a few labels."""
        return _counts_of(self.texts, self.rows_of, label)


class LazyLexicon:
    """The lexicon of images, made when it is first used: editing a gallery does not need it, and
    it takes half of the time of opening one."""

    def __init__(self, labels: Sequence[str], texts: Texts) -> None:
        self._labels = labels
        self.texts = texts

    @cached_property
    def made(self) -> Lexicon:
        return index_texts(self._labels, self.texts)

    @classmethod
    def of(cls, lexicon: Lexicon) -> Self:
        """A lazy lexicon that is already made."""
        lazy = cls((), lexicon.texts)
        lazy.__dict__["made"] = lexicon
        return lazy


def build_lexicon(labels: Sequence[str], texts: Sequence[tuple[Units, ...]]) -> Lexicon:
    """The words of images, given each one's label and lines."""
    return index_texts(labels, texts_of(texts))


def index_texts(labels: Sequence[str], texts: Texts) -> Lexicon:
    """The words of images, given each one's label and their texts."""
    names, label_of = np.unique(np.array(labels), return_inverse=True)
    order = np.argsort(label_of, kind="stable")
    rows_of = tuple(np.split(order, np.cumsum(np.bincount(label_of))[:-1]))
    index, vocabulary = build_text_index(texts, label_of, len(names))
    return Lexicon(
        tuple(names.tolist()),
        label_of.astype(np.int64),
        rows_of,
        texts,
        vocabulary,
        Profiles(partial(_counts_of, texts, rows_of), vocabulary),
        index,
    )


def without_rows(lexicon: Lexicon, kept: NDArray[np.int64]) -> Lexicon:
    """The lexicon of the rows `kept`, in order, as if there had never been others."""
    labels = [lexicon.labels[number] for number in lexicon.label_of[kept]]
    return index_texts(labels, lexicon.texts.take(kept))


def _counts_of(texts: Texts, rows_of: Sequence[NDArray[np.int64]], label: int) -> LabelCounts:
    return label_counts([texts.text(row) for row in rows_of[label]])

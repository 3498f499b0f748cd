"""A gallery's words: per image, per label, over all."""

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
from vislex.text.vocabulary import LabelWords, Vocabulary, label_words


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

    def words(self, label: int) -> LabelWords:
        """The words of a label, counted when asked for: a request needs those of a few labels."""
        return _words(self.texts, self.rows_of, label)


class LazyLexicon:
    """The lexicon of images, made when it is first asked for: what only changes a gallery needs
    none, and it is half of the time that opening one takes."""

    def __init__(self, labels: Sequence[str], texts: Texts) -> None:
        self._labels = labels
        self.texts = texts

    @cached_property
    def made(self) -> Lexicon:
        return index_texts(self._labels, self.texts)

    @classmethod
    def of(cls, lexicon: Lexicon) -> Self:
        """One that is made already."""
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
        tuple(names.tolist()), label_of.astype(np.int64), rows_of, texts,
        vocabulary, Profiles(partial(_words, texts, rows_of), vocabulary), index,
    )  # fmt: skip


def without_rows(lexicon: Lexicon, kept: NDArray[np.int64]) -> Lexicon:
    """The lexicon of the rows `kept`, in order, as if there had never been others."""
    labels = [lexicon.labels[number] for number in lexicon.label_of[kept]]
    return index_texts(labels, lexicon.texts.take(kept))


def _words(texts: Texts, rows_of: Sequence[NDArray[np.int64]], label: int) -> LabelWords:
    return label_words([texts.text(row) for row in rows_of[label]])

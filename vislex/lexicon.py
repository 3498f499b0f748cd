"""A gallery's words, derived from its items when it is opened: per image, per label, over all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislex.counts import LabelWords, Vocabulary, label_words, vocabulary_of
from vislex.profile import Profiles
from vislex.textindex import TextIndex, build_text_index
from vislex.words import ScreenText, Units, text_of


@dataclass(frozen=True)
class Lexicon:
    """Row i is the gallery's image i; labels are numbered in the order of `labels`."""

    labels: tuple[str, ...]  # sorted
    label_of: NDArray[np.int64]  # (rows,), number of each image's label
    rows_of: tuple[NDArray[np.int64], ...]  # the rows of each label
    texts: tuple[tuple[Units, ...], ...]  # lines of each image
    words: tuple[LabelWords, ...]  # of each label
    vocabulary: Vocabulary
    profiles: Profiles  # of each label
    index: TextIndex

    def text(self, row: int) -> ScreenText:
        """The text of image `row`. Its terms are not kept: they are most of a gallery's memory."""
        return text_of(self.texts[row])


def build_lexicon(labels: Sequence[str], texts: Sequence[tuple[Units, ...]]) -> Lexicon:
    """Counts and indexes the words of images, given each one's label and lines."""
    return _lexicon(labels, texts, {})


def without_rows(lexicon: Lexicon, kept: NDArray[np.int64]) -> Lexicon:
    """The lexicon of the rows `kept`, in order, as if there had never been others.

    Labels that keep all of their images are not counted anew.
    """
    stays = np.zeros(len(lexicon.texts), bool)
    stays[kept] = True
    whole = {
        name: words
        for name, words, rows in zip(lexicon.labels, lexicon.words, lexicon.rows_of, strict=True)
        if stays[rows].all()
    }
    labels = [lexicon.labels[number] for number in lexicon.label_of[kept]]
    return _lexicon(labels, [lexicon.texts[row] for row in kept], whole)


def _lexicon(
    labels: Sequence[str], texts: Sequence[tuple[Units, ...]], counted: dict[str, LabelWords]
) -> Lexicon:
    names, label_of = np.unique(np.array(labels), return_inverse=True)
    order = np.argsort(label_of, kind="stable")
    rows_of = tuple(np.split(order, np.cumsum(np.bincount(label_of))[:-1]))
    words = tuple(
        counted.get(name) or label_words([text_of(texts[row]) for row in rows])
        for name, rows in zip(names.tolist(), rows_of, strict=True)
    )
    vocabulary = vocabulary_of(words)
    return Lexicon(
        tuple(names.tolist()), label_of.astype(np.int64), rows_of, tuple(texts), words,
        vocabulary, Profiles(words, vocabulary), build_text_index(texts, words, vocabulary),
    )  # fmt: skip

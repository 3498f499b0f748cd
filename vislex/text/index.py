"""Finds gallery images by their words: cosine over terms weighted by rarity.

Two steps, so that a request costs the same whatever the gallery holds of each label: labels by
their mean image over an inverted index, then the images of the few best labels.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislex.gallery.ragged import Ragged, bounds, spans, sums
from vislex.text.corpus import Texts
from vislex.text.units import ScreenText
from vislex.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class TextIndex:
    """Terms of every gallery image and of every label, as arrays. `terms` numbers the terms."""

    terms: Mapping[str, int]
    weights: NDArray[np.float32]  # (terms,), rarity over labels; 0 for one that no image shows
    images: Ragged  # int32, the terms of each image
    norms: NDArray[np.float32]  # (images,), length of each image's weighted vector
    posting_labels: Ragged  # int32, the labels that show each term
    posting_shares: NDArray[np.float32]  # of the label's images, beside posting_labels.values
    label_norms: NDArray[np.float32]  # (labels,)


def build_text_index(
    texts: Texts, label_of: NDArray[np.int64], label_count: int
) -> tuple[TextIndex, Vocabulary]:
    """Indexes images and labels; `label_of` is the number of each image's label.

    A term that only images left out have shown counts as never shown.
    """
    terms = len(texts.terms)
    images = _image_terms(texts, terms)
    pairs, images_with = np.unique(
        images.values.astype(np.int64) * label_count + label_of[images.places()],
        return_counts=True,
    )
    term, label = np.divmod(pairs, max(label_count, 1))
    labels_with = np.bincount(term, minlength=terms)
    vocabulary = Vocabulary(_shown(texts.terms, labels_with), label_count)
    weights = np.zeros(terms, np.float32)
    there = labels_with > 0
    by_count = np.array([vocabulary.rarity(n) for n in range(label_count + 1)], np.float32)
    weights[there] = by_count[labels_with[there]]
    share = (images_with / np.bincount(label_of, minlength=label_count)[label]).astype(np.float32)
    label_norms = np.sqrt(np.bincount(label, (weights[term] * share) ** 2, label_count))
    index = TextIndex(
        texts.terms,
        weights,
        images,
        np.sqrt(sums(weights[images.values] ** 2, images.starts)),
        Ragged(label.astype(np.int32), bounds(labels_with)),
        share,
        label_norms.astype(np.float32),
    )
    return index, vocabulary


def nearest_labels(index: TextIndex, query: ScreenText, count: int) -> NDArray[np.intp]:
    """Numbers of at most `count` labels that share words with the query, most alike first."""
    known = _known(index, query)
    starts, ends = index.posting_labels.starts[known], index.posting_labels.starts[known + 1]
    at = spans(starts, ends)
    weight = np.repeat(index.weights[known] ** 2, ends - starts) * index.posting_shares[at]
    products = np.bincount(index.posting_labels.values[at], weight, len(index.label_norms))
    scores = products / np.maximum(index.label_norms, 1e-6)
    order = np.argsort(-scores, kind="stable")[:count]
    labels: NDArray[np.intp] = order[scores[order] > 0]
    return labels


def text_cosines(
    index: TextIndex, query: ScreenText, rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Weighted cosine of the query's terms and those of each gallery row, 0..1; 0 without text."""
    wanted = np.zeros(len(index.weights), np.float32)
    known = _known(index, query)
    wanted[known] = index.weights[known] ** 2
    # A term that the gallery never showed has the highest weight, and counts against every image.
    new = len(query.terms) - len(known)
    length = np.sqrt(wanted.sum() + new * float(index.weights.max(initial=0.0)) ** 2)
    of_rows = index.images.take(rows)
    products = sums(wanted[of_rows.values], of_rows.starts)
    return np.asarray(products / np.maximum(index.norms[rows] * length, 1e-6), np.float32)


def _known(index: TextIndex, query: ScreenText) -> NDArray[np.int64]:
    """Numbers of the query's terms that some image shows."""
    numbers = np.array([index.terms[t] for t in query.terms if t in index.terms], np.int64)
    return np.asarray(numbers[index.weights[numbers] > 0])


def _image_terms(texts: Texts, terms: int) -> Ragged:
    """The terms of each image, each once and in order."""
    of_lines = texts.line_terms.take(texts.images.values)
    image = np.repeat(texts.images.places(), of_lines.lengths())
    image, term = np.divmod(np.unique(image * terms + of_lines.values), max(terms, 1))
    return Ragged(term.astype(np.int32), bounds(np.bincount(image, minlength=len(texts))))


def _shown(terms: Mapping[str, int], labels_with: NDArray[np.int64]) -> dict[str, int]:
    return {term: n for term, n in zip(terms, labels_with.tolist(), strict=True) if n}

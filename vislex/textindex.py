"""Looking up gallery images by their words: cosine over terms weighted by rarity.

Two steps, so that a request costs the same whatever the gallery holds of each label: labels by
their mean image over an inverted index, then the images of the few best labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vislex.counts import LabelWords, Vocabulary
from vislex.words import ScreenText, Units, terms_of


@dataclass(frozen=True)
class TextIndex:
    """Terms of every gallery image and of every label, as arrays. `terms` numbers the terms."""

    terms: Mapping[str, int]
    weights: NDArray[np.float32]  # (terms,), rarity over labels
    starts: NDArray[np.int64]  # (images + 1,), where each image's terms begin
    image_terms: NDArray[np.int32]  # terms of image i: image_terms[starts[i]:starts[i + 1]]
    norms: NDArray[np.float32]  # (images,), length of each image's weighted vector
    posting_starts: NDArray[np.int64]  # (terms + 1,)
    posting_labels: NDArray[np.int32]  # labels that show a term, term by term
    posting_shares: NDArray[np.float32]  # of the label's images, beside posting_labels
    label_norms: NDArray[np.float32]  # (labels,)


def build_text_index(
    texts: Sequence[tuple[Units, ...]], labels: Sequence[LabelWords], vocabulary: Vocabulary
) -> TextIndex:
    """Indexes images (their lines, in gallery order) and labels (in the order of their numbers)."""
    terms = {term: i for i, term in enumerate(sorted(vocabulary.labels))}
    weights = np.array([vocabulary.weight(term) for term in terms], np.float32)
    numbered = [
        np.array(sorted({terms[t] for line in text for t in terms_of(line)}), np.int32)
        for text in texts
    ]
    starts = np.concatenate([[0], np.cumsum([len(n) for n in numbered])]).astype(np.int64)
    image_terms = np.concatenate([np.zeros(0, np.int32), *numbered])
    norms = np.sqrt(_sums(weights[image_terms] ** 2, starts))
    term, label, share = _postings(terms, labels)
    squares = (weights[term] * share) ** 2
    label_norms = np.sqrt(np.bincount(label, squares, len(labels)))
    return TextIndex(
        terms, weights, starts, image_terms, norms,
        np.searchsorted(term, np.arange(len(terms) + 1)), label, share,
        label_norms.astype(np.float32),
    )  # fmt: skip


def nearest_labels(index: TextIndex, query: ScreenText, count: int) -> NDArray[np.intp]:
    """Numbers of at most `count` labels that share words with the query, most alike first."""
    known = np.array([index.terms[t] for t in query.terms if t in index.terms], np.int64)
    starts, ends = index.posting_starts[known], index.posting_starts[known + 1]
    at = _spans(starts, ends)
    weight = np.repeat(index.weights[known] ** 2, ends - starts) * index.posting_shares[at]
    products = np.bincount(index.posting_labels[at], weight, len(index.label_norms))
    scores = products / np.maximum(index.label_norms, 1e-6)
    order = np.argsort(-scores, kind="stable")[:count]
    found: NDArray[np.intp] = order[scores[order] > 0]
    return found


def text_cosines(
    index: TextIndex, query: ScreenText, rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Weighted cosine of the query's terms and those of each gallery row, 0..1; 0 without text."""
    wanted = np.zeros(len(index.terms), np.float32)
    known = [index.terms[term] for term in query.terms if term in index.terms]
    wanted[known] = index.weights[known] ** 2
    # A term the gallery has never shown is as rare as can be, and counts against every image.
    new = len(query.terms) - len(known)
    length = np.sqrt(wanted.sum() + new * float(index.weights.max(initial=0.0)) ** 2)
    starts, ends = index.starts[rows], index.starts[rows + 1]
    products = _sums(wanted[index.image_terms[_spans(starts, ends)]], _bounds(ends - starts))
    return np.asarray(products / np.maximum(index.norms[rows] * length, 1e-6), np.float32)


def _postings(
    terms: Mapping[str, int], labels: Sequence[LabelWords]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """(term, label, share of the label's images) of every pair there is, by term."""
    sizes = [len(words.terms) for words in labels]
    label = np.repeat(np.arange(len(labels), dtype=np.int32), sizes)
    term = np.fromiter((terms[t] for words in labels for t in words.terms), np.int64, len(label))
    shares = (count / words.images for words in labels for count in words.terms.values())
    share = np.fromiter(shares, np.float32, len(label))
    order = np.lexsort((label, term))
    return term[order], label[order], share[order]


def _spans(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers start..end - 1 of every span, one after the other.

    >>> _spans(np.array([3, 9]), np.array([5, 10]))
    array([3, 4, 9])
    """
    lengths = ends - starts
    first = np.repeat(starts - _bounds(lengths)[:-1], lengths)
    return np.asarray(np.arange(lengths.sum()) + first, np.int64)


def _bounds(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of some spans begins when they are laid end to end, and where the last ends."""
    return np.concatenate([[0], np.cumsum(lengths)])


def _sums(values: NDArray[np.float32], starts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Sums of consecutive spans, empty ones included (which np.add.reduceat gets wrong)."""
    totals = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray(totals[starts[1:]] - totals[starts[:-1]], np.float32)

"""The canary of a gallery version: a few queries that it must answer before it is served."""

import numpy as np

from vislex.errors import GalleryCorrupt
from vislex.gallery.index import nearest
from vislex.screens.classify import match
from vislex.screens.gallery import Gallery
from vislex.screens.options import Options

_ROWS = 8
_SAME_COSINE = 1e-3  # the nearest must be the row itself, a copy, or this close to it
_UNIT = 1e-2  # by which a float16 vector's length, squared, may differ from 1
_FOUND = 0.75  # share of the rows; an approximate index may miss one


def require_sound(gallery: Gallery) -> None:
    """Raises GalleryCorrupt unless some of a version's own rows find themselves and are answered.

    Everything that a request runs after the encoder runs here first: search, text, decision.
    """
    rows = np.arange(min(_ROWS, len(gallery.items)))
    vectors = gallery.index.vectors(rows)
    own = np.einsum("ij,ij->i", vectors, vectors)
    if not (np.abs(own - 1) <= _UNIT).all():  # nor NaN, which must not reach the index as a query
        raise GalleryCorrupt(
            f"gallery {gallery.version}: its first vectors are not of length 1, but squared"
            f" {own.round(4).tolist()}"
        )
    best = nearest(gallery.index, vectors, 1).similarity[:, 0]
    if not np.mean(best >= own - _SAME_COSINE) >= _FOUND:
        raise GalleryCorrupt(
            f"gallery {gallery.version}: its first images do not find themselves: best cosines"
            f" {best.round(4).tolist()}"
        )
    lines = [gallery.items[row].lines for row in rows.tolist()]
    for options in (Options(), Options(ranking="study"), Options(read=False)):
        for answer in match(vectors, lines, [options] * len(rows), gallery):
            if not np.isfinite([answer.score, answer.confidence]).all():
                raise GalleryCorrupt(
                    f"gallery {gallery.version} answers its own image with score {answer.score}"
                    f" and confidence {answer.confidence}"
                )

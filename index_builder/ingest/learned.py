"""How images that `learn` added are named, and so told from the others."""

import re
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from vislex.gallery.items import Items

_PREFIX = "learned-"  # of an id, before the first digits of the image's digest
_LEARNED = re.compile(rf"{_PREFIX}([0-9a-f]{{16}})(\.\w+)?")


def learned_id(digest: str, suffix: str) -> str:
    """The id of an image that is learned: of its content, so that it is learned once."""
    return f"{_PREFIX}{digest[:16]}{suffix}"


def learned_rows(items: Items) -> NDArray[np.int64]:
    """The rows of the images that `learn` added."""
    pairs = zip(items.ids, items.digests, strict=True)
    return np.array([row for row, pair in enumerate(pairs) if is_learned(*pair)], np.int64)


def is_learned(item_id: str, digest: str) -> bool:
    """Also of ids that begin with the label, as they once did."""
    match = _LEARNED.fullmatch(PurePosixPath(item_id).name)
    return match is not None and digest.startswith(match[1])

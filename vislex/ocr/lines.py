"""Lines of text: their order on the screen and their JSON on the wire."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislex.errors import ModelFailed

SAME_ROW_PX = 10  # canvas px; RapidOCR's rule

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line of text, its mean character probability, and its corners in px of the image."""

    text: str
    score: float
    quad: tuple[Point, Point, Point, Point]  # (x, y), clockwise from the top left


def reading_order(quads: NDArray[np.float32]) -> NDArray[np.int64]:
    """Indices that put (n, 4, 2) quads in reading order: top to bottom, left to right in a row.

    A quad moves in front of its predecessor while it starts further left and less than
    SAME_ROW_PX higher or lower.
    """
    x, y = quads[:, 0, 0], quads[:, 0, 1]
    order: NDArray[np.int64] = np.lexsort((x, y))
    for end in range(1, len(order)):
        at = end
        while at > 0:
            before, this = order[at - 1], order[at]
            if abs(y[this] - y[before]) >= SAME_ROW_PX or x[this] >= x[before]:
                break
            order[at - 1], order[at] = this, before
            at -= 1
    return order


def encode_lines(lines: Iterable[Line]) -> bytes:
    """Lines as UTF-8 JSON: `[[text, score, [x0, y0, ..., x3, y3]], ...]`.

    Scores keep 4 digits, coordinates tenths of a pixel.
    """
    rows = [
        [line.text, round(line.score, 4), [round(v, 1) for point in line.quad for v in point]]
        for line in lines
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def decode_lines(encoded: bytes) -> tuple[Line, ...]:
    """The lines `encode_lines` wrote; raises ModelFailed when the bytes are anything else."""
    try:
        return tuple(_line(*row) for row in json.loads(encoded))
    except (TypeError, ValueError) as error:
        raise ModelFailed(
            f"the text lines {encoded[:80]!r} are not JSON rows of text, score and eight"
            f" coordinates: {error}"
        ) from error


def _line(text: Any, score: Any, corners: Any) -> Line:
    if not isinstance(text, str):
        raise TypeError(f"a text is {text!r}")
    x0, y0, x1, y1, x2, y2, x3, y3 = map(float, corners)
    return Line(text, float(score), ((x0, y0), (x1, y1), (x2, y2), (x3, y3)))

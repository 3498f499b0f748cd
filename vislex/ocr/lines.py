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
    """Lines as UTF-8 JSON, see `lines_to`."""
    rows = lines_to(lines)
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def lines_to(lines: Iterable[Line]) -> list[list[Any]]:
    """Lines as what JSON can hold: `[[text, score, [x0, y0, ..., x3, y3]], ...]`.

    Scores keep 4 digits, coordinates tenths of a pixel.
    """
    return [
        [line.text, round(line.score, 4), [round(v, 1) for point in line.quad for v in point]]
        for line in lines
    ]


def lines_from(rows: Iterable[Iterable[Any]]) -> tuple[Line, ...]:
    """The lines `lines_to` wrote; raises TypeError or ValueError when `rows` are anything else."""
    return tuple(_line(*row) for row in rows)


def encode_failure(error: Exception) -> bytes:
    """What stands in place of lines that could not be read: a JSON object, `{"failed": why}`.

    The failure travels as data to the step after both branches: Triton 24.10 never releases a
    request one of whose branches fails while the other is running (docs/decisions.md).
    """
    return json.dumps({"failed": str(error)}, ensure_ascii=False).encode()


def decode_lines(encoded: bytes) -> tuple[Line, ...]:
    """The lines `encode_lines` wrote.

    Raises ModelFailed with the reason when `encode_failure` wrote it, and for any other bytes.
    """
    try:
        rows = json.loads(encoded)
        if isinstance(rows, dict):
            raise ModelFailed(str(rows["failed"]))
        return lines_from(rows)
    except (TypeError, ValueError, KeyError) as error:
        raise ModelFailed(
            f"the text lines {encoded[:80]!r} are not JSON rows of text, score and eight"
            f" coordinates: {error}"
        ) from error


def _line(text: Any, score: Any, corners: Any) -> Line:
    if not isinstance(text, str):
        raise TypeError(f"a text is {text!r}")
    x0, y0, x1, y1, x2, y2, x3, y3 = map(float, corners)
    return Line(text, float(score), ((x0, y0), (x1, y1), (x2, y2), (x3, y3)))

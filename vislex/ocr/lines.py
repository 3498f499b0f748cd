"""Lines of text and their JSON on the wire."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from vislex.errors import ModelFailed

Point = tuple[float, float]
Reading = Literal["full", "partial", "off"]


@dataclass(frozen=True)
class Line:
    """One line of text, its mean character probability, and its corners in px of the image."""

    text: str
    score: float
    quad: tuple[Point, Point, Point, Point]  # (x, y), clockwise from the top left


@dataclass(frozen=True)
class Page:
    """The lines read on one image."""

    lines: tuple[Line, ...] = ()
    partial: bool = False  # the image holds text that could not be read
    off: bool = False  # nothing was read, as the request asked

    @property
    def reading(self) -> Reading:
        """The same in one word, as an answer carries it."""
        return "off" if self.off else "partial" if self.partial else "full"


def encode_page(page: Page) -> bytes:
    """A page as `ocr` hands it to the step after it: its lines, or an object that says more."""
    if page.reading == "full":
        return encode_lines(page.lines)
    said = {"partial": page.partial, "off": page.off, "lines": lines_to(page.lines)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


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
    """The lines `encode_lines` or `encode_page` wrote; raises as `decode_page` does."""
    return decode_page(encoded).lines


def decode_page(encoded: bytes) -> Page:
    """The page `encode_page` wrote, and lines alone as one that was read whole.

    Raises ModelFailed with the reason when `encode_failure` wrote it, and for any other bytes.
    """
    try:
        said = json.loads(encoded)
        if not isinstance(said, dict):
            return Page(lines_from(said))
        if "failed" in said:
            raise ModelFailed(str(said["failed"]))
        return Page(lines_from(said["lines"]), bool(said["partial"]), bool(said["off"]))
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

"""The text that can be seen on a screen, and the order in which it is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A string that was drawn and its box in pixels: left, top, right, bottom."""

    text: str
    box: tuple[float, float, float, float]


def overlap(box: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The share of `box` that lies inside `other`."""
    w = min(box[2], other[2]) - max(box[0], other[0])
    h = min(box[3], other[3]) - max(box[1], other[1])
    area = max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)
    return max(w, 0.0) * max(h, 0.0) / area


def reading_order(lines: list[Line]) -> list[str]:
    """Top to bottom, and left to right among lines whose middles lie at one height."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box[1] + line.box[3]):
        middle = (line.box[1] + line.box[3]) / 2
        if rows and rows[-1][0].box[1] < middle < rows[-1][0].box[3]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line.text for row in rows for line in sorted(row, key=lambda line: line.box[0])]

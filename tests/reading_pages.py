"""Pages laid out by hand, their boxes listed in the order in which a person reads them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]  # left, top, width, height, in px

# A large amount with a caption on its line, beside its top and at its foot; then rows of one size.
AMOUNT: tuple[Box, ...] = (
    (40, 20, 120, 22), (700, 24, 90, 18),  # title, link
    (40, 70, 260, 56), (320, 104, 60, 20), (700, 88, 110, 24),  # 71,800.00, unit, button
    (40, 160, 130, 24), (180, 150, 180, 40), (380, 152, 40, 14),  # caption, amount, raised note
    (40, 230, 400, 24),
    (40, 262, 380, 24),
    (40, 300, 90, 20), (640, 296, 170, 28),
    (40, 340, 90, 20), (640, 336, 170, 28),
)  # fmt: skip

# Names and values, the values smaller and set to the right.
LIST: tuple[Box, ...] = tuple(
    box
    for row, (name, value) in enumerate(
        [(112, 60), (84, 140), (140, 88), (112, 200), (56, 44), (112, 120), (84, 300), (112, 76)]
    )
    for box in ((40, 30 + 52 * row, name, 28), (820 - value, 34 + 52 * row, value, 21))
)

# A heading, then two columns of running text that share their lines, as in a newspaper.
NEWSPAPER: tuple[Box, ...] = (
    (200, 20, 460, 40),
    *((40, 90 + 33 * line, 180 if line == 8 else 380, 22) for line in range(14)),
    *((450, 90 + 33 * line, 240 if line == 5 else 380, 22) for line in range(14)),
)

# Two columns of their own line pitch, a list of headings beside notes; then a line across.
NOTES: tuple[Box, ...] = (
    *((40, 40 + 46 * line, 160 + 20 * (line % 3), 28) for line in range(9)),
    *((460, 52 + 39 * line, 190 + 16 * (line % 4), 24) for line in range(10)),
    (40, 470, 640, 30),
)

# Bubbles of a chat, left and right in turn.
CHAT: tuple[Box, ...] = tuple(
    (60, 40 + 70 * turn, 240, 30) if turn % 3 else (560, 40 + 70 * turn, 230, 30)
    for turn in range(10)
)

# A shop's bill: name and time on the left, the amount between them on the right.
BILL: tuple[Box, ...] = tuple(
    box
    for row in range(6)
    for box in (
        (40, 40 + 90 * row, 150, 28),
        (700, 50 + 90 * row, 110, 32),
        (40, 76 + 90 * row, 190, 20),
    )
)

PAGES: dict[str, tuple[Box, ...]] = {
    "amount": AMOUNT, "list": LIST, "newspaper": NEWSPAPER, "notes": NOTES, "chat": CHAT,
    "bill": BILL,
}  # fmt: skip
TILTS_DEG = (-5.0, -3.0, -1.5, 0.0, 1.5, 3.0, 5.0)


def quads_of(boxes: Iterable[Box], tilt_deg: float = 0.0) -> NDArray[np.float32]:
    """Boxes as quads (n, 4, 2) on whole px, turned around the page's middle, clockwise on paper."""
    x, y, w, h = np.array(list(boxes), np.float64).reshape(-1, 4).T
    quads = np.stack([np.stack(corner, -1) for corner in _corners(x, y, w, h)], axis=1)
    turn = np.deg2rad(tilt_deg)
    cos, sin = np.cos(turn), np.sin(turn)
    middle = quads.reshape(-1, 2).mean(axis=0) if len(quads) else np.zeros(2)
    turned = (quads - middle) @ np.array([[cos, sin], [-sin, cos]]) + middle
    return np.asarray(np.round(turned), np.float32)


def _corners(
    x: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64], h: NDArray[np.float64]
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]:
    return (x, y), (x + w, y), (x + w, y + h), (x, y + h)


def right_pairs(order: Sequence[int]) -> int:
    """How many of the page's neighbours, box i and box i + 1, follow each other in `order`."""
    return sum(second == first + 1 for first, second in pairwise(order))

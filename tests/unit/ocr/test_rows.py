"""Rows and reading order against pages whose order was written down by hand."""

import numpy as np
import pytest

from tests.reading_pages import PAGES, TILTS_DEG, Box, quads_of, right_pairs
from vislex.ocr.rows import reading_order, rows_of


def shuffled_order(boxes: tuple[Box, ...], tilt_deg: float) -> list[int]:
    """The order found, in the page's own numbers, though the quads come in another one."""
    places = np.random.default_rng(7).permutation(len(boxes))
    found: list[int] = places[reading_order(quads_of(boxes, tilt_deg)[places])].tolist()
    return found


@pytest.mark.parametrize("tilt_deg", TILTS_DEG)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_as_a_person_reads_it(page: str, tilt_deg: float) -> None:
    boxes = PAGES[page]
    assert shuffled_order(boxes, tilt_deg) == list(range(len(boxes)))


@pytest.mark.parametrize(
    ("corners", "order"),
    [
        ([], []),
        ([(5, 5)], [0]),
        ([(0, 50), (0, 0), (0, 25)], [1, 2, 0]),
        ([(90, 0), (10, 3), (50, 2)], [1, 2, 0]),  # one row, though each is a little lower
        ([(90, 0), (10, 8)], [0, 1]),  # the next row: the heights of 8 px only touch
        ([(10, 0), (10, 0)], [0, 1]),
    ],
)
def test_reading_order_is_by_rows_then_from_the_left(
    corners: list[tuple[float, float]], order: list[int]
) -> None:
    boxes = [(x, y, 20, 8) for x, y in corners]
    assert reading_order(quads_of(boxes)).tolist() == order


def test_a_caption_stands_in_the_row_of_the_larger_number_beside_it() -> None:
    caption, number = (20, 58, 60, 20), (100, 20, 200, 64)
    assert rows_of(quads_of([number, caption])) == [[1, 0]]


def test_two_lines_beside_a_large_one_do_not_share_a_row() -> None:
    large, upper, lower = (20, 20, 120, 64), (160, 22, 200, 24), (160, 56, 200, 24)
    rows = rows_of(quads_of([lower, large, upper]))
    assert sorted(len(row) for row in rows) == [1, 2]
    assert not any({0, 2} <= set(row) for row in rows)


def test_two_boxes_around_one_line_are_one_row() -> None:
    inner, outer, amount = (60, 41, 296, 20), (58, 39, 300, 24), (420, 40, 60, 22)
    assert [sorted(row) for row in rows_of(quads_of([inner, outer, amount]))] == [[0, 1, 2]]


def test_vertical_text_takes_part_in_the_row_at_its_top() -> None:
    side, first, second = (20, 20, 30, 200), (80, 22, 200, 26), (80, 60, 200, 26)
    assert rows_of(quads_of([second, side, first])) == [[1, 2], [0]]


def test_a_narrow_character_is_no_vertical_text() -> None:
    name, one, price = (20, 20, 200, 30), (300, 21, 12, 29), (400, 20, 80, 30)
    below = (20, 56, 200, 30)
    assert rows_of(quads_of([below, name, one, price])) == [[1, 2, 3], [0]]


def till_roll() -> tuple[list[Box], list[set[int]]]:
    """40 rows of a receipt, name, count and amount, 20 px high at a pitch of 26, and its rows."""
    boxes: list[Box] = []
    rows = []
    for row in range(40):
        start = len(boxes)
        boxes += [(20, 26 * row, 120 + 17 * (row % 5), 20), (420, 26 * row, 60, 20)]
        boxes += [(320, 26 * row, 20, 20)] * (row % 2)
        rows.append(set(range(start, len(boxes))))
    return boxes, rows


@pytest.mark.parametrize("tilt_deg", [-8, -3, 0, 3, 8])
@pytest.mark.parametrize("bow_heights", [0, 1, 3])
def test_rows_of_bent_paper_are_the_flat_ones(bow_heights: float, tilt_deg: float) -> None:
    boxes, rows = till_roll()
    quads = quads_of(boxes).astype(np.float64)
    across = (quads[..., 0] - 20) / 460
    quads[..., 1] -= bow_heights * 20 * np.sin(np.pi * across)
    turn = np.deg2rad(tilt_deg)
    quads = quads @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    found = [set(row) for row in rows_of(np.round(quads).astype(np.float32))]
    assert sum(row in rows for row in found) >= 0.95 * len(rows)


def test_a_page_right_in_all_its_neighbours_counts_them_all() -> None:
    assert (right_pairs([0, 1, 2]), right_pairs([2, 1, 0]), right_pairs([0, 2, 1])) == (2, 0, 0)

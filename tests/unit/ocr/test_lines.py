import json

import numpy as np
import pytest

from vislex.errors import ModelFailed
from vislex.ocr.lines import Line, decode_lines, encode_failure, encode_lines, reading_order

QUAD = ((1.0, 2.5), (30.0, 2.5), (30.0, 12.1), (1.0, 12.1))


def quads_at(*corners: tuple[float, float]) -> np.ndarray:  # type: ignore[type-arg]
    """Quads of 20 x 8 px with these top left corners."""
    shape = np.array([[0, 0], [20, 0], [20, 8], [0, 8]], np.float32)
    return np.array(corners, np.float32).reshape(-1, 1, 2) + shape


@pytest.mark.parametrize(
    ("corners", "order"),
    [
        ([], []),
        ([(5, 5)], [0]),
        ([(0, 50), (0, 0), (0, 25)], [1, 2, 0]),
        ([(90, 0), (10, 9), (50, 4)], [1, 2, 0]),  # one row, though each is a little lower
        ([(90, 0), (10, 10)], [0, 1]),  # 10 px lower is the next row
        ([(90, 0), (50, 8), (10, 16)], [1, 0, 2]),  # 16 px below the one it would have to pass
        ([(10, 0), (10, 0)], [0, 1]),
    ],
)
def test_reading_order_is_by_rows_then_from_the_left(
    corners: list[tuple[float, float]], order: list[int]
) -> None:
    assert reading_order(quads_at(*corners)).tolist() == order


def test_lines_survive_the_wire() -> None:
    lines = (Line("额度(元) 71,800.00", 0.9876, QUAD), Line('"\n\u2028 ', 0.5, QUAD))
    assert decode_lines(encode_lines(lines)) == lines
    assert decode_lines(encode_lines(())) == ()


def test_the_wire_is_compact_json_with_rounded_numbers() -> None:
    quad = ((1.04, 2.0), (3.0, 2.0), (3.0, 4.0), (1.0, 4.06))
    encoded = encode_lines([Line("元", 1 / 3, quad)])
    assert encoded.decode() == '[["元",0.3333,[1.0,2.0,3.0,2.0,3.0,4.0,1.0,4.1]]]'


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\xff",
        b"7",
        b"[7]",
        b'[["a"]]',
        b'[["a",0.5,[1,2,3]]]',
        b"[[1,0.5,[1,2,3,4,5,6,7,8]]]",
        b'[["a","b",[1,2,3,4,5,6,7,8]]]',
        json.dumps([["a", 0.5, ["x"] * 8]]).encode(),
    ],
)
def test_other_bytes_are_refused_as_a_failed_model(encoded: bytes) -> None:
    with pytest.raises(ModelFailed, match="not JSON rows of text, score and eight coordinates"):
        decode_lines(encoded)


def test_a_failure_travels_as_data_and_is_raised_where_lines_are_wanted() -> None:
    with pytest.raises(ModelFailed, match="ocr_det: out of memory"):
        decode_lines(encode_failure(ModelFailed("ocr_det: out of memory")))

import json

import pytest

from vislex.errors import ModelFailed
from vislex.ocr.lines import (
    Line,
    Page,
    decode_lines,
    decode_page,
    encode_failure,
    encode_lines,
    encode_page,
)

QUAD = ((1.0, 2.5), (30.0, 2.5), (30.0, 12.1), (1.0, 12.1))


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


@pytest.mark.parametrize(
    ("page", "reading"),
    [
        (Page((Line("元", 0.5, QUAD),)), "full"),
        (Page((Line("元", 0.5, QUAD),), partial=True), "partial"),
        (Page(), "full"),
        (Page(partial=True), "partial"),
        (Page(off=True), "off"),
    ],
)
def test_a_page_survives_the_wire_and_says_what_was_read(page: Page, reading: str) -> None:
    assert decode_page(encode_page(page)) == page
    assert page.reading == reading


def test_a_page_read_in_full_is_its_lines_on_the_wire() -> None:
    lines = (Line("元", 0.5, QUAD),)
    assert encode_page(Page(lines)) == encode_lines(lines)

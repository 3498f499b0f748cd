from dataclasses import replace

import numpy as np
import pytest

from tests.unit.screens.handmade import lines_of
from vislex.gallery.items import Item, Items

ITEMS = [
    replace(Item.of(f"a/{i}.png", f"label{i % 2}", lines_of(["额度", f"{i}"])), sha256=f"{i}" * 64)
    for i in range(4)
]
ITEMS[2] = replace(ITEMS[2], metadata={"phone": "型号"}, sha256="")


def test_items_are_what_went_in() -> None:
    items = Items.of(ITEMS)
    assert list(items) == ITEMS
    assert items[-1] == ITEMS[3]
    assert items[1:3] == ITEMS[1:3]
    assert items.ids == tuple(item.id for item in ITEMS)
    assert items.labels == ("label0", "label1", "label0", "label1")
    assert items.digests == tuple(item.sha256 for item in ITEMS)
    assert list(items.rows()) == [item.row() for item in ITEMS]
    assert list(items.encoded_lines()) == [item.encoded for item in ITEMS]
    assert [line.text for line in items[3].lines] == ["额度", "3"]


def test_some_of_the_items_and_those_of_two() -> None:
    items = Items.of(ITEMS)
    assert list(items.take(np.array([3, 0]))) == [ITEMS[3], ITEMS[0]]
    both = items.take(np.array([3, 0])).joined(items.take(np.array([2])))
    assert list(both) == [ITEMS[3], ITEMS[0], ITEMS[2]]
    assert list(both.take(np.array([2, 0]))) == [ITEMS[2], ITEMS[3]]
    assert both.ids == ("a/3.png", "a/0.png", "a/2.png")


@pytest.mark.parametrize("row", [b"{}", b"[1]", b'{"id": 1, "label": "a"}', b"{"])
def test_rows_that_are_no_items_are_refused(row: bytes) -> None:
    whole = Items.of(ITEMS[:1])
    data = np.frombuffer(row, np.uint8)
    rows = type(whole._rows)(data, np.array([0, len(data)]))
    with pytest.raises((ValueError, KeyError, TypeError)):
        Items(rows, whole._lines)
    with pytest.raises(ValueError, match="items and lines of"):
        Items(rows, Items.of(ITEMS)._lines)

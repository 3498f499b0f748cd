"""What stats finds is what was put there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index_builder.__main__ import main
from index_builder.inspect.contact_sheet import write_contact_sheet
from index_builder.inspect.stats import Alike, stats_of
from tests.unit.screens.handmade import bank, direction, gallery_of
from vislex.gallery.items import Items
from vislex.gallery.lock import locked
from vislex.screens.gallery import Gallery
from vislex.screens.storage import publish_gallery


@pytest.fixture
def gallery() -> Gallery:
    """Three labels of five: `b` has an odd one and a copy of an image of `a`; `c` resembles `a`."""
    screens = {
        label: [bank(name)] * 5 for label, name in (("a", "海棠"), ("b", "鹭栖"), ("c", "砚田"))
    }
    screens["b"][4] = screens["a"][0]
    vectors = {
        "a": np.stack([direction(0, 0.1, i) for i in range(5)]),
        "b": np.stack([direction(1, 0.01, i) for i in range(5)]),
        "c": np.stack([direction(0, 0.1, 100 + i) for i in range(5)]),
    }
    vectors["b"][3] = direction(7)
    vectors["b"][4] = vectors["a"][0]
    return gallery_of(screens, vectors)


def test_the_same_screen_under_two_labels_is_found(gallery: Gallery) -> None:
    (pair,) = stats_of(gallery).pairs
    assert (pair.first, pair.second, pair.exact) == ("a/00.png", "b/04.png", False)
    assert pair.cosine == pytest.approx(1.0)


def test_the_same_file_under_two_labels_is_found_whatever_it_shows(gallery: Gallery) -> None:
    same = {"a/02.png", "c/03.png"}
    items = [replace(one, sha256="1" * 64 if one.id in same else "") for one in gallery.items]
    pairs = stats_of(replace(gallery, items=Items.of(items))).pairs
    assert [(p.first, p.second, p.exact) for p in pairs[:1]] == [("a/02.png", "c/03.png", True)]


def test_the_odd_one_out_is_found(gallery: Gallery) -> None:
    assert stats_of(gallery).odd[0].id in ("b/03.png", "b/04.png")
    assert {one.label for one in stats_of(gallery).odd} == {"b"}


def test_labels_that_look_alike_are_found() -> None:
    vectors = {"a": np.stack([direction(0)] * 3), "b": np.stack([direction(1)] * 2)}
    vectors["c"] = np.stack([direction(0, 0.001, i) for i in range(2)])
    gallery = gallery_of({"a": [[]] * 3, "b": [[]] * 2, "c": [[]] * 2}, vectors)
    found = stats_of(gallery)
    assert Alike("c", "a", 1.0) in found.alike
    assert found.few == ("b", "c")
    assert found.counts == (("a", 3), ("b", 2), ("c", 2))


def test_one_image_is_no_trouble() -> None:
    found = stats_of(gallery_of({"a": [["借款"]]}))
    assert (found.images, found.pairs, found.odd, found.alike) == (1, (), (), ())


def test_the_page_holds_the_findings_and_no_foreign_markup(
    gallery: Gallery, tmp_path: Path
) -> None:
    items = Items.of(replace(one, id=one.id.replace("b/", "<b>/")) for one in gallery.items)
    hostile = replace(gallery, items=items)
    write_contact_sheet(tmp_path / "page.html", hostile, stats_of(hostile), None)
    page = (tmp_path / "page.html").read_text()
    assert "&lt;b&gt;/04.png" in page
    assert "<b>/04.png" not in page


def test_the_command_prints_what_it_found(
    gallery: Gallery, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with locked(tmp_path) as lock:
        publish_gallery(lock, gallery)
    assert main(["stats", "--gallery", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "15 images of 3 labels, 5 to 5 a label" in said
    assert "the same under two labels: 1" in said
    assert "a/00.png and b/04.png: cosine 1.0000" in said

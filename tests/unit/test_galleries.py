"""Several galleries in one server: chosen by name and version, asked together, watched on disk."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.screens import DIM, direction, gallery_of, lines_of, loan_screens
from vislex.classify import match
from vislex.config import Options
from vislex.errors import GalleryMissing, InvalidOption
from vislex.galleries import FolderVersions, Galleries, Query, match_each
from vislex.loaded import Loaded, Refusal, State, View, only
from vislex.lock import locked
from vislex.named import NamedGalleries
from vislex.recipe import Recipe
from vislex.storage import publish_gallery
from vislex.versions import point_at

RECIPE = Recipe("e", DIM, 256, "r", 960)
APPS = gallery_of(loan_screens(2))
OLDER = replace(APPS, version="v000003")
GAMES = gallery_of({"chess": [["white to move"]], "go": [["black to move"]]})
VIEW = View(
    {
        "apps": State((Loaded(replace(APPS, version="v000004"), 4, 0.0), Loaded(OLDER, 3, 0.0))),
        "games": State((Loaded(GAMES, 1, 86400.0),), Refusal("v000002", "torn", 90000.0)),
    }
)


class Silent:
    def swapped(self, gallery: str, version: str) -> None:
        """Nobody listens."""

    def refused(self, gallery: str, version: str, reason: str) -> None:
        """Nobody listens."""


def publish(root: Path) -> str:
    with locked(root) as lock:
        return publish_gallery(lock, GAMES)


def soon(true: Callable[[], bool]) -> bool:
    """Whether it comes true within the 5 s in which a new version must be noticed."""
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def test_a_request_that_names_nothing_gets_the_first_gallery_as_it_is_now() -> None:
    name, gallery = VIEW.choose(Options())
    assert (name, gallery.version) == ("apps", "v000004")


def test_a_request_chooses_gallery_and_version() -> None:
    assert VIEW.choose(Options(gallery="games"))[1] is GAMES
    assert VIEW.choose(Options(gallery_version="v000003"))[1] is OLDER
    with pytest.raises(InvalidOption, match="'toys'; expected one of apps, games"):
        VIEW.choose(Options(gallery="toys"))
    with pytest.raises(InvalidOption, match="not loaded; expected one of v000001"):
        VIEW.choose(Options(gallery="games", gallery_version="v000004"))


def test_the_status_says_what_is_loaded_and_what_was_refused() -> None:
    found = VIEW.status()
    assert found["default"] == "apps"
    apps, games = found["galleries"]
    assert [one["version"] for one in apps["loaded"]] == ["v000004", "v000003"]
    assert apps["refused"] is None
    assert games == {
        "name": "games",
        "version": "v000001",
        "loaded": [
            {
                "version": "v000001", "images": 2, "labels": 2, "encoder": "e",
                "loaded_at": "1970-01-02T00:00:00+00:00",
            }
        ],
        "refused": {"version": "v000002", "reason": "torn", "at": "1970-01-02T01:00:00+00:00"},
    }  # fmt: skip


def test_the_status_of_one_gallery() -> None:
    assert [one["name"] for one in only(VIEW.status(), "games")["galleries"]] == ["games"]
    assert only(VIEW.status(), "") == VIEW.status()
    with pytest.raises(InvalidOption, match="expected one of apps, games"):
        only(VIEW.status(), "toys")


def test_queries_of_several_versions_are_answered_as_alone_and_in_order() -> None:
    other = gallery_of(loan_screens(1))
    queries = [
        Query(direction(i % 6), lines_of(["鹭栖借款"]), Options(top_k=1 + i % 4), "apps", gallery)
        for i, gallery in enumerate([APPS, GAMES, other, APPS, APPS, GAMES, other])
    ]
    alone = [
        match(query.embedding[np.newaxis], [query.lines], [query.options], query.gallery)[0]
        for query in queries
    ]
    assert match_each(queries) == alone
    assert match_each([]) == []


def test_a_folder_is_watched_until_it_is_closed(tmp_path: Path) -> None:
    for name in ("apps", "games"):
        publish(tmp_path / name)
    folders = {name: tmp_path / name for name in ("apps", "games")}
    galleries = Galleries(NamedGalleries(folders), RECIPE, Silent())
    try:
        held = galleries.view()
        publish(tmp_path / "games")
        assert soon(lambda: galleries.view().states["games"].live.version == "v000002")
        assert held.choose(Options(gallery="games"))[1].version == "v000001"
        assert galleries.view().choose(Options())[1].version == "v000001"
        with locked(tmp_path / "games") as lock:
            point_at(lock, "v000001")
        assert soon(lambda: galleries.view().states["games"].live.version == "v000001")
    finally:
        galleries.close()
    assert not any(thread.is_alive() for thread in galleries.threads)


def test_every_gallery_must_be_there_at_the_start(tmp_path: Path) -> None:
    publish(tmp_path / "apps")
    folders = {"apps": tmp_path / "apps", "games": tmp_path / "none"}
    with pytest.raises(GalleryMissing, match=r"no gallery at .*none"):
        Galleries(NamedGalleries(folders), RECIPE, Silent())


def test_a_mark_changes_with_the_pointer_and_with_the_files_it_points_at(tmp_path: Path) -> None:
    versions = FolderVersions(tmp_path, RECIPE)
    publish(tmp_path)
    marks = [versions.mark()]
    assert versions.mark() == marks[0]
    (tmp_path / "v000001" / "items.jsonl").write_bytes(b"half")
    marks.append(versions.mark())
    publish(tmp_path)
    marks.append(versions.mark())
    with locked(tmp_path) as lock:
        point_at(lock, "v000002")  # the same one again: somebody asks for another try
    marks.append(versions.mark())
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize(
    "pointer", [b"", b"v000009\n", b"../..", b"v\x00", b"\xff\xfe", b"x" * 999]
)
def test_a_pointer_to_nothing_has_a_mark_and_is_refused(tmp_path: Path, pointer: bytes) -> None:
    versions = FolderVersions(tmp_path, RECIPE)
    (tmp_path / "CURRENT").write_bytes(pointer)
    assert versions.mark() == versions.mark()
    with pytest.raises(GalleryMissing):
        versions.current()

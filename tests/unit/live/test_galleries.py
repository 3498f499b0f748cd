"""Several galleries in one server: chosen by name and version, asked together, watched on disk."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.screens.handmade import DIM, direction, gallery_of, lines_of, loan_screens
from vislex.errors import GalleryError, GalleryMissing, InvalidOption, ModelFailed
from vislex.gallery.lock import locked
from vislex.gallery.recipe import Recipe
from vislex.gallery.versions import point_at
from vislex.live.fallback import first_sound
from vislex.live.galleries import FolderVersions, Galleries
from vislex.live.settings import NamedGalleries
from vislex.live.snapshot import GalleryState, Loaded, RefusedVersion, View, only
from vislex.ocr.lines import Page
from vislex.screens.classify import match
from vislex.screens.options import Options
from vislex.screens.serve import MatchRequest, ScreenOpener, match_each
from vislex.screens.storage import publish_gallery

RECIPE = Recipe("e", DIM, 256, "r", 960)
APPS = gallery_of(loan_screens(2))
OLDER = replace(APPS, version="v000003")
GAMES = gallery_of({"chess": [["white to move"]], "go": [["black to move"]]})
VIEW = View(
    {
        "apps": GalleryState(
            (Loaded(replace(APPS, version="v000004"), 4, 0.0), Loaded(OLDER, 3, 0.0))
        ),
        "games": GalleryState(
            (Loaded(GAMES, 1, 86400.0),), RefusedVersion("v000002", "torn", 90000.0)
        ),
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
    deadline = time.monotonic() + 120
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def test_a_request_that_names_nothing_gets_the_first_gallery_as_it_is_now() -> None:
    name, gallery = VIEW.choose()
    assert (name, gallery.version) == ("apps", "v000004")


def test_a_request_chooses_gallery_and_version() -> None:
    assert VIEW.choose(name="games")[1] is GAMES
    assert VIEW.choose(version="v000003")[1] is OLDER
    with pytest.raises(InvalidOption, match="'toys'; expected one of apps, games"):
        VIEW.choose(name="toys")
    with pytest.raises(InvalidOption, match="not loaded; expected one of v000001"):
        VIEW.choose(name="games", version="v000004")


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
                "known_others": 0, "false_reject_rate": 0.02, "least_confidence": None,
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
        MatchRequest(
            direction(i % 6),
            Page(lines_of(["鹭栖借款"])),
            Options(top_k=1 + i % 4),
            "apps",
            gallery,
        )
        for i, gallery in enumerate([APPS, GAMES, other, APPS, APPS, GAMES, other])
    ]
    alone = [
        match(query.embedding[np.newaxis], [query.page], [query.options], query.gallery)[0]
        for query in queries
    ]
    assert match_each(queries) == alone
    assert match_each([]) == []


def test_a_folder_is_watched_until_it_is_closed(tmp_path: Path) -> None:
    for name in ("apps", "games"):
        publish(tmp_path / name)
    folders = {name: tmp_path / name for name in ("apps", "games")}
    galleries = Galleries(NamedGalleries(folders), ScreenOpener(RECIPE), Silent())
    try:
        held = galleries.view()
        publish(tmp_path / "games")
        assert soon(lambda: galleries.view().states["games"].live.version == "v000002")
        assert held.choose(name="games")[1].version == "v000001"
        assert galleries.view().choose()[1].version == "v000001"
        with locked(tmp_path / "games") as lock:
            point_at(lock, "v000001")
        assert soon(lambda: galleries.view().states["games"].live.version == "v000001")
    finally:
        galleries.close()
    assert not any(thread.is_alive() for thread in galleries.threads)


def flip(root: Path) -> None:
    path = root / "v000002" / "vectors.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


# What is done to a gallery with v000002 live, v000001 live before and v000003 never published,
# and the version that a server then starts on.
DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a flipped bit": (flip, "v000001"),
    "no file": (lambda root: (root / "v000002" / "items.jsonl").unlink(), "v000001"),
    "no folder": (lambda root: (root / "v000002").rename(root / "gone"), "v000001"),
    "a pointer to nothing": (lambda root: (root / "CURRENT").write_text("v000009"), "v000002"),
    "no pointer": (lambda root: (root / "CURRENT").unlink(), "v000002"),
    "an empty pointer": (lambda root: (root / "CURRENT").write_bytes(b""), "v000002"),
    "a torn pointer": (lambda root: (root / "CURRENT").write_bytes(b"v0000"), "v000002"),
    "garbage": (lambda root: (root / "CURRENT").write_bytes(b"\xff\xfe\x00"), "v000002"),
}


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A gallery with v000002 live."""
    publish(tmp_path), publish(tmp_path)
    with locked(tmp_path) as lock:
        publish_gallery(lock, APPS, publish=False)
    return tmp_path


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_start_on_damage_serves_what_was_live_before_until_it_is_put_right(
    three: Path, damage: str
) -> None:
    do, started = DAMAGE[damage]
    do(three)
    versions = FolderVersions(three, ScreenOpener(RECIPE))
    found, refused = first_sound(versions, versions.check)  # as `serve` asks before it starts
    assert found is not None
    assert found[0] == started
    assert len(refused) == 1
    galleries = Galleries(NamedGalleries({"default": three}), ScreenOpener(RECIPE), Silent())
    try:
        state = galleries.view().states["default"]
        assert state.live.version == started
        assert state.refused is not None
        assert state.refused.reason == refused[0].reason
        with locked(three) as lock:
            point_at(lock, "v000003")
        assert soon(lambda: galleries.view().states["default"].live.version == "v000003")
    finally:
        galleries.close()


def test_a_gallery_that_cannot_be_served_takes_no_other_with_it(tmp_path: Path) -> None:
    publish(tmp_path / "games")
    folders = {"apps": tmp_path / "apps", "games": tmp_path / "games"}
    galleries = Galleries(NamedGalleries(folders), ScreenOpener(RECIPE), Silent())
    try:
        view = galleries.view()
        assert view.choose(name="games")[1].version == "v000001"
        assert view.any()[0] == "games"
        with pytest.raises(ModelFailed, match="'apps' has no version that can be served"):
            view.choose()  # never answered from another gallery
        apps = only(view.status(), "apps")["galleries"][0]
        assert (apps["version"], apps["loaded"]) == ("", [])
        assert "no gallery at" in apps["refused"]["reason"]
        publish(tmp_path / "apps")
        assert soon(lambda: bool(galleries.view().states["apps"].loaded))
        assert galleries.view().choose()[0] == "apps"
    finally:
        galleries.close()


def test_where_no_gallery_can_be_served_all_reasons_are_given(tmp_path: Path) -> None:
    publish(tmp_path / "apps")
    (tmp_path / "apps" / "v000001" / "vectors.npy").unlink()
    folders = {"apps": tmp_path / "apps", "games": tmp_path / "none"}
    said = r"gallery apps: .*vectors.npy is missing; gallery games: no gallery at .*none"
    with pytest.raises(GalleryError, match=said):
        Galleries(NamedGalleries(folders), ScreenOpener(RECIPE), Silent())


def test_a_mark_changes_with_the_pointer_and_with_the_files_it_points_at(tmp_path: Path) -> None:
    versions = FolderVersions(tmp_path, ScreenOpener(RECIPE))
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
    versions = FolderVersions(tmp_path, ScreenOpener(RECIPE))
    (tmp_path / "CURRENT").write_bytes(pointer)
    assert versions.mark() == versions.mark()
    with pytest.raises(GalleryMissing):
        versions.current()

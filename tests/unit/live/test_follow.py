"""A gallery that moves from version to version, over a disk that the test plays itself."""

import weakref
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.screens.handmade import DIM, gallery_of, loan_screens
from vislex.errors import GalleryCorrupt, GalleryMissing, InvalidOption
from vislex.gallery.index import all_vectors, flat_index
from vislex.live.follow import LiveGallery
from vislex.screens.gallery import Gallery

SOUND = gallery_of(loan_screens(2))


@dataclass
class Disk:
    """A directory of versions: what is on it, what is current, and what breaks when opened."""

    current_name: str = "v000001"
    contents: dict[str, str] = field(default_factory=lambda: {"v000001": "one"})
    broken: dict[str, Exception] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)  # before the current one, newest first
    changes: int = 0  # of files, as `mark` sees them
    opened: list[str] = field(default_factory=list)

    def publish(self, name: str, contents: str = "") -> None:
        self.current_name = name
        self.contents.setdefault(name, contents or name)

    def mark(self) -> Hashable:
        return self.current_name, self.contents.get(self.current_name), self.changes

    def current(self) -> str:
        if self.current_name not in self.contents:
            raise GalleryMissing(f"CURRENT names {self.current_name!r}")
        return self.current_name

    def before(self) -> list[str]:
        return self.published

    def identity(self, version: str) -> Hashable:
        return self.contents[version]

    def open(self, version: str) -> Gallery:
        self.opened.append(version)
        if version in self.broken:
            raise self.broken[version]
        return replace(SOUND, version=version)


@dataclass
class Told:
    """What was reported, in order."""

    words: list[str] = field(default_factory=list)

    def swapped(self, gallery: str, version: str) -> None:
        self.words.append(f"{gallery} {version}")

    def refused(self, gallery: str, version: str, reason: str) -> None:
        self.words.append(f"{gallery} {version} refused: {reason}")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def live_over(disk: Disk, keep: int = 2) -> tuple[LiveGallery[Gallery], Told, Clock]:
    told, clock = Told(), Clock()
    return LiveGallery("apps", disk, told, keep, clock), told, clock


def look(live: LiveGallery[Gallery], times: int = 2) -> str:
    """The live version after some looks; a change is acted on at the second."""
    for _ in range(times):
        live.refresh()
    return live.state.live.version


def loaded(live: LiveGallery[Gallery]) -> list[str]:
    return [one.version for one in live.state.loaded]


def test_a_new_version_is_served_and_the_one_before_it_stays() -> None:
    disk = Disk()
    live, told, _ = live_over(disk)
    disk.publish("v000002")
    assert look(live) == "v000002"
    assert loaded(live) == ["v000002", "v000001"]
    assert told.words == ["apps v000001", "apps v000002"]


def test_nothing_is_opened_while_nothing_changes() -> None:
    disk = Disk()
    live, _, _ = live_over(disk)
    look(live, times=10)
    assert disk.opened == ["v000001"]


def test_a_change_has_to_hold_still_first() -> None:
    """A version that is still being copied changes from look to look."""
    disk = Disk()
    live, _, _ = live_over(disk)
    disk.publish("v000002")
    for _ in range(5):
        disk.changes += 1
        assert look(live, times=1) == "v000001"
    assert look(live, times=1) == "v000002"


def test_a_bad_version_is_refused_once_and_the_old_one_serves_on() -> None:
    disk = Disk(broken={"v000002": GalleryCorrupt("a bit is flipped")})
    live, told, clock = live_over(disk)
    disk.publish("v000002")
    clock.now = 1234.5
    assert look(live, times=10) == "v000001"
    assert disk.opened == ["v000001", "v000002"]
    assert told.words[1:] == ["apps v000002 refused: a bit is flipped"]
    refused = live.state.refused
    assert refused is not None
    assert (refused.version, refused.reason, refused.at) == (
        "v000002", "a bit is flipped", 1234.5,
    )  # fmt: skip


def test_a_refused_version_is_tried_again_when_its_files_change_or_the_pointer_returns() -> None:
    disk = Disk(broken={"v000002": GalleryCorrupt("half")})
    live, told, _ = live_over(disk)
    disk.publish("v000002")
    look(live)
    disk.publish("v000001")
    look(live)
    assert live.state.refused is None  # what CURRENT names is served
    disk.publish("v000002")
    look(live)
    assert told.words[1:] == ["apps v000002 refused: half"] * 2
    disk.broken.clear()
    disk.changes += 1
    assert look(live) == "v000002"


def test_what_is_not_the_versions_own_fault_is_tried_again_in_half_a_minute() -> None:
    disk = Disk(broken={"v000002": OSError("stale file handle")})
    live, told, clock = live_over(disk)
    disk.publish("v000002")
    look(live, times=5)
    clock.now += 31
    look(live)
    assert disk.opened.count("v000002") == 2
    assert told.words[1:] == ["apps v000002 refused: OSError('stale file handle')"]
    clock.now += 31
    disk.broken.clear()
    assert look(live) == "v000002"


def test_a_pointer_to_nothing_is_refused() -> None:
    disk = Disk()
    live, told, _ = live_over(disk)
    disk.current_name = "v000009"
    assert look(live, times=5) == "v000001"
    assert told.words[1:] == ["apps CURRENT refused: CURRENT names 'v000009'"]


def test_going_back_to_a_version_in_memory_opens_nothing() -> None:
    disk = Disk()
    live, told, _ = live_over(disk)
    disk.publish("v000002")
    look(live)
    disk.publish("v000001")
    assert look(live) == "v000001"
    assert loaded(live) == ["v000001", "v000002"]
    assert disk.opened == ["v000001", "v000002"]
    assert told.words[-1] == "apps v000001"


def test_another_version_of_the_same_name_is_not_taken_for_the_one_in_memory() -> None:
    """As after a version was deleted and its number given out again."""
    disk = Disk()
    live, _, _ = live_over(disk)
    disk.publish("v000002")
    look(live)
    disk.publish("v000001")
    look(live)
    disk.contents["v000002"] = "other images"
    disk.publish("v000002")
    assert look(live) == "v000002"
    assert disk.opened == ["v000001", "v000002", "v000002"]
    assert loaded(live) == ["v000002", "v000001"]


def test_the_state_taken_before_a_swap_stays_as_it_was() -> None:
    disk = Disk()
    live, _, _ = live_over(disk, keep=1)
    before = live.state
    disk.publish("v000002")
    look(live)
    assert before.live.version == before.version("v000001").version == "v000001"
    assert loaded(live) == ["v000002"]


def test_a_version_that_is_not_loaded_lists_those_that_are() -> None:
    disk = Disk()
    live, _, _ = live_over(disk)
    for name in ("v000002", "v000003"):
        disk.publish(name)
        look(live)
    assert live.state.version("").version == "v000003"
    assert live.state.version("v000002").version == "v000002"
    with pytest.raises(InvalidOption, match="not loaded; expected one of v000003, v000002"):
        live.state.version("v000001")


def test_a_start_goes_back_to_the_newest_published_version_that_is_sound() -> None:
    """v000003 was never published."""
    bad: dict[str, Exception] = {name: GalleryCorrupt(name) for name in ("v000004", "v000005")}
    disk = Disk("v000005", {f"v{n:06d}": str(n) for n in range(1, 6)}, bad)
    disk.published = ["v000004", "v000002", "v000001"]
    live, told, _ = live_over(disk)
    assert loaded(live) == ["v000002"]
    assert told.words == [
        "apps v000004 refused: v000004", "apps v000005 refused: v000005", "apps v000002",
    ]  # fmt: skip
    refused = live.state.refused
    assert refused is not None
    assert refused.version == "v000005"
    look(live, times=5)
    assert len(told.words) == 3  # each said once
    disk.broken.clear()
    disk.changes += 1
    assert look(live) == "v000005"
    assert live.state.refused is None
    assert loaded(live) == ["v000005", "v000002"]
    assert told.words[3:] == ["apps v000005"]


def test_a_folder_that_cannot_be_read_is_a_refusal_and_no_end() -> None:
    class Unreadable(Disk):
        def current(self) -> str:
            raise PermissionError("denied")

        def before(self) -> list[str]:
            raise PermissionError("denied")

    live, told, _ = live_over(Unreadable())
    assert loaded(live) == []
    assert told.words == ["apps CURRENT refused: PermissionError('denied')"]


def test_a_start_that_a_disk_disturbed_is_tried_again_in_half_a_minute() -> None:
    disk = Disk("v000002", {"v000001": "one", "v000002": "two"}, {"v000002": OSError("stale")})
    disk.published = ["v000001"]
    live, told, clock = live_over(disk)
    assert look(live) == "v000001"
    disk.broken.clear()
    clock.now += 31
    assert look(live) == "v000002"
    assert told.words == ["apps v000002 refused: OSError('stale')", "apps v000001", "apps v000002"]


@pytest.mark.parametrize("current", ["v000001", "v000009"])
def test_a_gallery_without_a_sound_version_serves_none_until_there_is_one(current: str) -> None:
    disk = Disk(current, broken={"v000001": GalleryCorrupt("a bit")})
    live, told, _ = live_over(disk)
    for _ in range(3):
        live.refresh()
    assert loaded(live) == []
    assert len(told.words) == 1
    disk.publish("v000002")
    assert look(live) == "v000002"
    assert told.words[1:] == ["apps v000002"]


def test_a_version_is_let_go_when_the_last_who_uses_it_does() -> None:
    disk = Disk()
    live, _, _ = live_over(disk, keep=2)
    held, first = live.state, weakref.ref(live.state.live)
    second = None
    for name in ("v000002", "v000003", "v000004", "v000005"):
        disk.publish(name)
        look(live)
        second = second or weakref.ref(live.state.live)
    assert second is not None
    assert second() is None  # without the garbage collector's help
    assert first() is held.live
    del held
    assert first() is None


def test_memory_of_old_versions_comes_back() -> None:
    """Six versions of 10 MB one after the other, two of them kept."""

    class Large(Disk):
        def open(self, version: str) -> Gallery:
            vectors = np.zeros((len(SOUND.items), 200_000), np.float32)
            vectors[:, :DIM] = all_vectors(SOUND.index)
            return replace(super().open(version), index=flat_index(vectors))

    disk = Large()
    live, _, _ = live_over(disk)
    disk.publish("v000002")
    look(live)
    before = resident_mb()
    for number in range(3, 9):
        disk.publish(f"v{number:06d}")
        assert look(live) == f"v{number:06d}"
    assert resident_mb() - before < 10 / 2


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

"""Files that appear in a folder: told once, told whole, and not lost while the server is away."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from vislex_client.cli import main
from vislex_client.watch import Folder

from tests.unit.client.stand_in import IMAGE, StandIn, fails, image_of, served


def write(path: Path, content: bytes = IMAGE, at: float = 1000.0) -> Path:
    path.write_bytes(content)
    os.utime(path, (at, at))
    return path


def test_a_file_is_told_once_when_two_looks_find_it_the_same(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    path = write(tmp_path / "a.PNG")
    assert folder.written() == []
    assert folder.written() == [path]
    assert folder.written() == []


def test_a_file_that_grows_is_told_when_it_has_grown_up(tmp_path: Path) -> None:
    folder, path = Folder(tmp_path), tmp_path / "a.png"
    found = []
    for size in (0, 0, 1, 2, 3, 3, 3):
        write(path, b"x" * size, at=1000 + size)
        found.append(folder.written())
    assert found == [[], [], [], [], [], [path], []]


def test_a_file_that_is_written_anew_is_told_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png")
    folder = Folder(tmp_path, existing=True)
    assert folder.written() == [path]
    write(path, at=2000)
    assert [folder.written(), folder.written()] == [[], [path]]
    path.unlink()
    assert folder.written() == []
    write(path, at=2000)
    assert [folder.written(), folder.written()] == [[], [path]]


def test_what_was_there_is_passed_over_unless_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "old.png")
    folder = Folder(tmp_path)
    assert [folder.written(), folder.written()] == [[], []]
    assert Folder(tmp_path, existing=True).written() == [tmp_path / "old.png"]


def test_only_image_files_are_told_the_oldest_first(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "folder.png").mkdir()
    last, first = write(tmp_path / "a.png", at=20), write(tmp_path / "b.jpeg", at=10)
    inner = write(tmp_path / "in" / "c.webp", at=30)
    for name in ("notes.txt", ".hidden.png", "a.png.part"):
        write(tmp_path / name)
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    assert Folder(tmp_path, existing=True).written() == [first, last]
    found = Folder(tmp_path, existing=True, recursive=True).written()
    assert found == [first, last, inner]


def looks(folder: Folder, count: int = 3) -> list[Path]:
    """What some looks in a row tell."""
    return [path for _ in range(count) for path in folder.written()]


@pytest.mark.parametrize("name", ["", "in"])
def test_a_folder_that_is_away_for_a_while_is_told_of_once(tmp_path: Path, name: str) -> None:
    """The folder itself, or one in it: nothing is told twice, and what came meanwhile is told."""
    root, aside = tmp_path / "root", tmp_path / "aside"
    (root / "in").mkdir(parents=True)
    old = write(root / "in" / "old.png")
    folder = Folder(root, recursive=True, existing=True)
    assert looks(folder) == [old]
    (root / name).rename(aside)
    assert looks(folder) == []
    came = write(aside / ("" if name else "in") / "came.png")
    aside.rename(root / name)
    assert looks(folder) == [root / "in" / came.name]
    (said,) = folder.troubles()
    assert said.startswith(f"{root / name}: ".replace("/:", ":"))
    assert "going on with what can be read" in said


def test_a_folder_that_goes_away_twice_is_said_twice(tmp_path: Path) -> None:
    root, aside = tmp_path / "root", tmp_path / "aside"
    root.mkdir()
    folder = Folder(root)
    for _ in range(2):
        root.rename(aside)
        assert looks(folder) == []
        aside.rename(root)
        assert looks(folder) == []
        assert len(folder.troubles()) == 1


def test_a_share_that_leaves_its_empty_mount_point_behind_is_not_told_twice(tmp_path: Path) -> None:
    root, share = tmp_path / "root", tmp_path / "share"
    root.mkdir()
    old = write(root / "old.png")
    folder = Folder(root, existing=True)
    assert looks(folder) == [old]
    root.rename(share)
    root.mkdir()  # what was below the mount
    assert looks(folder) == []
    root.rmdir()
    share.rename(root)
    came = write(root / "came.png")
    assert looks(folder) == [came]
    (said,) = folder.troubles()
    assert said.startswith(f"{root}: it is another folder")


def test_a_removed_folder_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "a.png")
    folder = Folder(tmp_path, recursive=True)
    shutil.rmtree(tmp_path / "in")
    other = write(tmp_path / "b.png")
    assert looks(folder) == [other]
    assert len(folder.troubles()) == 1


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ESTALE, errno.ENOTCONN])
def test_a_folder_that_cannot_be_read_is_gone_on_without(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    inner, outer = write(tmp_path / "in" / "a.png"), tmp_path / "b.png"
    folder = Folder(tmp_path, recursive=True, existing=True)
    assert looks(folder) == [inner]
    scandir = os.scandir

    def broken(path: str) -> Any:
        if path == str(tmp_path / "in"):
            raise OSError(code, os.strerror(code), path)
        return scandir(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", broken)
        write(outer)
        assert looks(folder) == [outer]
    came = write(tmp_path / "in" / "c.png")
    assert looks(folder) == [came]
    (said,) = folder.troubles()
    assert said.startswith(f"{tmp_path / 'in'}: {os.strerror(code)}; going on")


def test_a_folder_that_vanishes_while_it_is_listed_forgets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, aside = tmp_path / "root", tmp_path / "aside"
    root.mkdir()
    old = write(root / "old.png")
    folder = Folder(root, existing=True)
    assert looks(folder) == [old]
    scandir = os.scandir

    def listed_and_gone(path: str) -> Any:
        entries = list(scandir(path))
        root.rename(aside)
        return iter(entries)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", listed_and_gone)
        assert folder.written() == []
    aside.rename(root)
    assert looks(folder) == []


def test_a_file_whose_state_cannot_be_asked_is_not_told_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write(tmp_path / "old.png")
    folder = Folder(tmp_path, existing=True)
    assert looks(folder) == [old]

    class Stale:
        name, path = old.name, str(old)

        def is_file(self) -> bool:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", lambda path: [Stale()])
        assert looks(folder) == []
    assert looks(folder) == []


@pytest.fixture
def server() -> StandIn:
    return StandIn()


@pytest.fixture
def url(server: StandIn) -> Iterator[str]:
    with served(server) as url:
        yield url


def test_watch_prints_a_line_of_json_for_each_file(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.png", "b.png", "empty.jpg"):
        write(tmp_path / name, at=1000 + len(name))
    (tmp_path / "empty.jpg").write_bytes(b"")
    given = ["--existing", "--every-seconds", "0.01", "--count", "2", "--url", url]
    assert main(["watch", str(tmp_path), *given]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["file"], line["label"]) for line in lines] == [
        (str(tmp_path / "a.png"), "微信"),
        (str(tmp_path / "b.png"), "微信"),
    ]


def test_a_file_waits_while_the_server_is_away(
    server: StandIn, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    well, write_done = server.infer, write(tmp_path / "a.png")
    server.infer = fails(grpc.StatusCode.UNAVAILABLE, "away")

    def comes_back() -> None:
        end = time.monotonic() + 120
        while len(server.requests) < 3 and time.monotonic() < end:
            time.sleep(0.01)
        server.infer = well

    back = threading.Thread(target=comes_back)
    back.start()
    given = ["--existing", "--every-seconds", "0.01", "--count", "1", "--attempts", "1"]
    assert main(["watch", str(tmp_path), *given, "--url", url]) == 0
    back.join()
    out, err = capsys.readouterr()
    assert [json.loads(line)["file"] for line in out.splitlines()] == [str(write_done)]
    assert err.count("\n") == 1
    assert "files waiting for the server, 1 now: away" in err


def test_a_file_that_goes_away_before_it_is_read_is_asked_about_once_it_is_back(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, aside = write(tmp_path / "a.png"), tmp_path / "aside"
    written, again = Folder.written, Folder.again

    def tells_and_loses(folder: Folder) -> list[Path]:
        ready = written(folder)
        if ready and not aside.exists():
            path.rename(aside)
        return ready

    def comes_back(folder: Folder, lost: Path) -> None:
        again(folder, lost)
        shutil.copy2(aside, path)

    monkeypatch.setattr(Folder, "written", tells_and_loses)
    monkeypatch.setattr(Folder, "again", comes_back)
    given = ["--existing", "--every-seconds", "0.01", "--count", "1"]
    assert main(["watch", str(tmp_path), *given, "--url", url]) == 0
    out, err = capsys.readouterr()
    assert [json.loads(line)["label"] for line in out.splitlines()] == ["微信"]
    assert err.count("\n") == 1
    assert "it is asked about once it is back" in err


def test_a_watch_outlives_its_folder(
    server: StandIn,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root, aside = tmp_path / "root", tmp_path / "aside"
    (root / "in").mkdir(parents=True)
    write(root / "in" / "a.png")
    troubles, noticed = Folder.troubles, threading.Event()

    def noted(folder: Folder) -> list[str]:
        found = troubles(folder)
        if found:
            noticed.set()
        return found

    def goes_and_comes() -> None:
        end = time.monotonic() + 20
        while not server.requests and time.monotonic() < end:
            time.sleep(0.01)
        root.rename(aside)
        noticed.wait(20)
        write(aside / "in" / "b.png", at=2000)
        aside.rename(root)

    monkeypatch.setattr(Folder, "troubles", noted)
    away = threading.Thread(target=goes_and_comes)
    away.start()
    given = ["--existing", "--recursive", "--every-seconds", "0.01", "--count", "2"]
    assert main(["watch", str(root), *given, "--url", url]) == 0
    away.join()
    out, err = capsys.readouterr()
    names = [Path(json.loads(line)["file"]).name for line in out.splitlines()]
    assert names == ["a.png", "b.png"]
    said = f"vislex-client: error: {root}: "
    assert len([line for line in err.splitlines() if line.startswith(said)]) == 1


def test_a_refused_file_is_an_error_line_and_1(
    server: StandIn, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.infer = fails(grpc.StatusCode.INVALID_ARGUMENT, "InvalidImage: torn")
    write(tmp_path / "a.png")
    given = ["--existing", "--every-seconds", "0.01", "--count", "1", "--url", url]
    assert main(["watch", str(tmp_path), *given]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "InvalidImage"


def test_a_folder_that_is_not_there_is_1_and_named(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", str(tmp_path / "none"), "--url", url]) == 1
    assert f"error: {tmp_path / 'none'}: No such file" in capsys.readouterr().err


def test_an_interrupt_ends_a_watch_well(server: StandIn, url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vislex_client", "watch", str(tmp_path)]
    watching = subprocess.Popen(
        [*command, "--every-seconds", "0.05", "--existing", "--url", url],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        write(tmp_path / "a.png", b"A")
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["label"] == "微信"
        watching.send_signal(signal.SIGINT)
        _, complaints = watching.communicate(timeout=120)
        assert (watching.returncode, complaints) == (0, "")
    finally:
        watching.kill()
        watching.wait()
    assert [image_of(request) for request in server.requests] == [b"A"]

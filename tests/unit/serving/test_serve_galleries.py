"""Which galleries have to be there before `serve` starts anything."""

from pathlib import Path
from typing import Any

import pytest

import vislex.serving.command
from vislex.__main__ import main

FLAG = "--start-without-missing-galleries"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The settings that servers were started with."""
    settings: list[Any] = []

    async def serve(given: Any, limits: Any) -> None:
        settings.append(given)

    monkeypatch.setattr(vislex.serving.command, "serve", serve)
    return settings


def serve(repository: Path, *words: str) -> int:
    return main(["serve", "--repository", str(repository), *words])


@pytest.mark.parametrize("empty", [False, True])
def test_a_misspelt_path_is_refused_though_another_gallery_is_good(
    repository: Path,
    gallery_root: Path,
    tmp_path: Path,
    started: list[Any],
    capsys: pytest.CaptureFixture[str],
    empty: bool,
) -> None:
    misspelt = tmp_path / "galery"
    if empty:
        misspelt.mkdir()
    galleries = ("--gallery", f"apps={gallery_root}", "--gallery", f"games={misspelt}")
    assert serve(repository, *galleries) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"vislex: error: gallery games: no gallery at {misspelt}")
    assert said.endswith(f"{FLAG} starts without it\n")
    assert started == []

    assert serve(repository, *galleries, FLAG) == 0
    assert len(started) == 1
    out, err = capsys.readouterr()
    assert "gallery apps v000001; gallery games none" in out
    assert f"no gallery at {misspelt}" in err


def test_without_any_gallery_nothing_starts_however_it_is_asked(
    repository: Path, tmp_path: Path, started: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    for flags in ((), (FLAG,)):
        assert serve(repository, "--gallery", str(tmp_path / "none"), *flags) == 1
        said = capsys.readouterr().err
        assert f"no gallery at {tmp_path / 'none'}" in said
        assert FLAG not in said
    assert started == []


def test_a_gallery_that_is_there_and_damaged_stops_no_other(
    repository: Path, gallery_root: Path, tmp_path: Path, started: list[Any]
) -> None:
    (tmp_path / "torn" / "v000001").mkdir(parents=True)
    (tmp_path / "torn" / "CURRENT").write_text("v000001\n", encoding="utf-8")
    galleries = ("--gallery", f"apps={gallery_root}", "--gallery", f"torn={tmp_path / 'torn'}")
    assert serve(repository, *galleries) == 0
    assert len(started) == 1

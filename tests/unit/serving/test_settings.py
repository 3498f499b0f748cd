"""What `serve` takes, and what it refuses before anything is started."""

import argparse
import os
from pathlib import Path

import pytest

from vislex.errors import InvalidOption
from vislex.serving.arguments import add_flags
from vislex.serving.settings import Settings


def repository(folder: Path, queue: int) -> Path:
    (folder / "match").mkdir()
    (folder / "match" / "config.pbtxt").write_text(
        'backend: "python"\nmax_batch_size: 32\n'
        f"dynamic_batching {{ default_queue_policy {{ max_queue_size: {queue} }} }}\n"
    )
    (folder / "classify").mkdir()
    (folder / "classify" / "config.pbtxt").write_text('# the entry\nplatform: "ensemble"\n')
    return folder


def test_no_more_calls_than_any_queue_has_places(tmp_path: Path) -> None:
    folder = repository(tmp_path, 16)
    assert Settings(folder, {}, max_in_flight=15).slots() == 15
    with pytest.raises(InvalidOption, match="16; expected less than 16, the queue size of match"):
        Settings(folder, {}, max_in_flight=16).slots()


def test_the_default_fits_the_smallest_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(96)))
    assert Settings(repository(tmp_path, 64), {}).slots() == 63


@pytest.mark.parametrize(("cores", "calls"), [(1, 8), (2, 8), (4, 16), (48, 192), (96, 192)])
def test_calls_follow_the_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, calls: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)))
    assert Settings(repository(tmp_path, 256), {}).slots() == calls


def test_the_parts_of_an_ensemble_cannot_be_called(tmp_path: Path) -> None:
    folder = repository(tmp_path, 256)
    (folder / "gallery").mkdir()
    (folder / "gallery" / "config.pbtxt").write_text('backend: "python"\nmax_batch_size: 8\n')
    (folder / "unknown").mkdir()
    (folder / "unknown" / "config.pbtxt").write_text('platform: "ensemble"\n')
    accepted = Settings(folder, {}).accepted()
    assert set(accepted) == {"classify", "gallery"}
    assert {o.name: o.kind for o in accepted["classify"].model.options}["top_k"] == "int64"
    assert accepted["gallery"].model.options == ()
    assert {model.most_items for model in accepted.values()} == {1}
    opened = Settings(folder, {}, open_models=True).accepted()
    assert set(opened) == {"classify", "gallery", "match"}
    assert opened["match"].most_items == 32
    assert Settings(folder, {}).model_names() == {"classify", "gallery", "match", "unknown"}


@pytest.mark.parametrize(
    ("flag", "word"),
    [
        ("--max-in-flight", "0"), ("--max-in-flight", "many"), ("--trace-rate", "-1"),
        ("--otlp", "http://[::1]:4318/v1/traces"), ("--max-seconds", "-1"),
        ("--drain-seconds", "nan"), ("--grace-seconds", "soon"),
    ],
)  # fmt: skip
def test_flags_are_checked(flag: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--repository", "r", "--gallery", "g", flag, word])
    assert flag in capsys.readouterr().err

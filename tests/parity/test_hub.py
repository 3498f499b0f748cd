"""Checkpoints fetched over HTTP from a stand-in for the hub: whole, resumed, damaged, missing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from export.encoders.checkpoint import Checkpoint
from export.encoders.hub import resolve
from export.encoders.load import load_tower
from export.manifest import read_manifest
from tests.hub import COMMIT, MODEL, Hub, serve_hub
from tests.siglip_models import naflex_vision
from vislex.errors import RepositoryError

PROJECT = Path(__file__).parents[2]
WEIGHTS = "model.safetensors"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    naflex_vision().save_pretrained(tmp_path / "published")
    (tmp_path / "published" / "pytorch_model.bin").write_bytes(b"a pickle")
    with serve_hub(tmp_path / "published") as hub:
        yield hub


def fetch(hub: Hub, tmp_path: Path) -> Checkpoint:
    return resolve(MODEL, endpoint=hub.url, cache=tmp_path / "cache")


def test_a_hub_id_is_fetched_and_named_with_its_commit(hub: Hub, tmp_path: Path) -> None:
    checkpoint = fetch(hub, tmp_path)
    assert checkpoint.source == f"{MODEL}@{COMMIT}"
    assert load_tower(checkpoint, "vision").config.hidden_size == 48
    assert sorted(hub.sent) == ["config.json", WEIGHTS]  # and no pickle


def test_a_second_fetch_sends_nothing(hub: Hub, tmp_path: Path) -> None:
    fetch(hub, tmp_path)
    hub.sent.clear()
    fetch(hub, tmp_path)
    assert hub.sent == []


def test_a_broken_download_goes_on_where_it_stopped(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It writes 10 MB at a time, and only whole pieces count; this checkpoint has less than one.
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 50_000)
    hub.cut[WEIGHTS] = 120_000
    try:
        checkpoint = fetch(hub, tmp_path)
    except RepositoryError:  # huggingface_hub may give up at once; the next run then resumes
        checkpoint = fetch(hub, tmp_path)
    assert (WEIGHTS, "bytes=100000-") in hub.ranges  # the two whole pieces that had arrived
    assert (checkpoint.path / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
def test_a_damaged_file_is_refused_removed_and_fetched_anew(
    hub: Hub, tmp_path: Path, name: str
) -> None:
    """One changed byte: the size, which is all huggingface_hub compares, stays the same."""
    hub.damage.add(name)
    with pytest.raises(RepositoryError, match=f"{name} arrived damaged: digest .*, expected"):
        fetch(hub, tmp_path)
    hub.damage.clear()
    assert (fetch(hub, tmp_path).path / name).read_bytes() == hub.files[name]


def test_an_unknown_id_says_so(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match=r"someone/else .main. could not be fetched: 404"):
        resolve("someone/else", endpoint=hub.url, cache=tmp_path / "cache")


def test_a_hub_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match=r"could not be fetched"):
        resolve(MODEL, endpoint="http://127.0.0.1:9", cache=tmp_path / "cache")


def test_what_is_neither_a_folder_nor_an_id_says_so(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match=r"neither a folder nor a hub id"):
        resolve(str(tmp_path / "nothing" / "here"))


def test_the_command_follows_the_endpoint_of_its_environment(hub: Hub, tmp_path: Path) -> None:
    environment = {
        **os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"),
    }  # fmt: skip
    command = [sys.executable, "-m", "export", "siglip2", MODEL, "--out", str(tmp_path / "out")]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"fetching {MODEL} (main) from the hub" in done.stderr
    assert read_manifest(tmp_path / "out").source == f"{MODEL}@{COMMIT}"

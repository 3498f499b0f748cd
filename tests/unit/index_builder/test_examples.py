"""The example of each command's help, run as it stands over fewer of the bundled images."""

import shlex
import shutil
from pathlib import Path

import pytest

from index_builder.__main__ import COMMANDS, main
from tests.images import SAMPLES

# In an order in which each finds what it needs; `merge` has its own test.
IN_TURN = (
    "build", "evaluate", "calibrate", "list", "show", "diff", "stats", "verify", "export",
    "add", "remove", "relabel", "learn", "rollback", "publish", "gc",
)  # fmt: skip
LABELS = ("ayh_amount", "dxm_amount", "dxm_yqh", "other")


@pytest.fixture
def checkout(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with some of `samples/` and a written repository, as after `make sample-gallery`."""
    few = ("00", "01", "02", "21_")
    for split in ("gallery", "queries"):
        for label in LABELS:
            for path in sorted((SAMPLES / split / label).glob("*")):
                if path.name.startswith(few):
                    (tmp_path / "samples" / split / label).mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, tmp_path / "samples" / split / label)
    shutil.copy(SAMPLES / "corrections.jsonl", tmp_path / "samples")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "repository").symlink_to(repository)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_example_works_as_written(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {*IN_TURN, "merge"} == set(COMMANDS)
    for name in IN_TURN:
        code = main([name, *shlex.split(COMMANDS[name].example)])
        assert code == 0, f"{name}: {capsys.readouterr().err}"
    build = checkout / "build"
    assert (build / "report" / "report.html").is_file()
    assert (build / "report" / "contact-sheet.html").is_file()
    assert (build / "exported" / "vectors.npy").is_file()


def test_the_example_of_merge_works_once_its_shards_are_done(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for shard in ("0", "1"):
        words = [*shlex.split(COMMANDS["build"].example), "--shards", "2", "--shard", shard]
        assert main(["build", *words]) == 0
    assert main(["merge", *shlex.split(COMMANDS["merge"].example)]) == 0
    assert "v000001 published, " in capsys.readouterr().out


def test_a_report_is_a_folder(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for report in ("page.html", "samples/corrections.jsonl"):
        with pytest.raises(SystemExit) as refused:
            main(["stats", "--gallery", "build/gallery", "--report", report])
        assert refused.value.code == 2
        assert f"{report} is a file; expected a folder" in capsys.readouterr().err

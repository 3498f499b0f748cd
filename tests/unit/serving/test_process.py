"""What a child process of the launcher is given."""

import sys
from pathlib import Path

import pytest

from vislex.serving.process import spawn

NAME = "MALLOC_MMAP_THRESHOLD_"
SAY = [sys.executable, "-c", f"import os; print(os.environ[{NAME!r}])"]


def said(environment: dict[str, str], log: Path) -> str:
    assert spawn(SAY, environment, log).wait(120) == 0
    return log.read_text().strip()


def test_memory_for_images_is_kept_unless_the_caller_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert said({}, tmp_path / "log") == str(64 * 2**20)
    monkeypatch.setenv(NAME, "1000000")
    assert said({}, tmp_path / "log") == "1000000"
    assert said({NAME: "2000000"}, tmp_path / "log") == "2000000"

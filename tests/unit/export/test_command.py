"""`vislex-export` on a machine that only serves, where torch is not installed."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[3]
# Importing a module whose entry is None fails as if it were not installed.
_WITHOUT_TORCH = (
    "import sys; sys.modules.update(torch=None, optimum=None);"
    "from export.__main__ import main; sys.exit(main(sys.argv[1:]))"
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT_TORCH, *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_names_what_it_needs() -> None:
    done = run("siglip2", "anywhere", "--out", "out")
    assert done.returncode == 1
    said = "vislex-export: error: siglip2 needs torch (pip install 'vislex[export]')"
    assert done.stderr.splitlines()[-1] == said


def test_a_repository_is_written_all_the_same(tmp_path: Path) -> None:
    done = run("repository", "--out", str(tmp_path / "repository"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "repository" / "siglip2" / "1" / "model.onnx").is_file()


def test_help_lists_every_command() -> None:
    done = run("-h")
    assert done.returncode == 0
    assert "write a complete model repository" in done.stdout
    assert "export a SigLIP 2 or SigLIP checkpoint" in done.stdout

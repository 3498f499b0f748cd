"""Command-line arguments that several commands share."""

import argparse
from pathlib import Path

from vislex.cli import old_spelling, seconds
from vislex.screens.options import Options

DEFAULT_REPOSITORY = Path("build/repository")


def add_root(command: argparse.ArgumentParser) -> None:
    """--gallery."""
    command.add_argument("--gallery", type=Path, required=True, metavar="DIR", help="its folder")


def add_gallery(command: argparse.ArgumentParser) -> None:
    """--gallery and --repository."""
    add_root(command)
    command.add_argument(
        "--repository",
        type=Path,
        default=DEFAULT_REPOSITORY,
        metavar="DIR",
        help="a written model repository (default: %(default)s)",
    )


def add_wait(command: argparse.ArgumentParser) -> None:
    """--wait-seconds."""
    flag = command.add_argument(
        "--wait-seconds", type=seconds, default=0.0, metavar="S",
        help="how long to wait for another process that writes the gallery (default: 0)",
    )  # fmt: skip
    old_spelling(command, flag, "--wait")


def add_version(command: argparse.ArgumentParser) -> None:
    """--gallery-version."""
    command.add_argument("--gallery-version", metavar="VERSION", help="default: the live one")


def add_report(command: argparse.ArgumentParser, file: str, *, required: bool = False) -> None:
    """--report, the folder that gets `file`."""
    command.add_argument(
        "--report",
        type=_report_folder,
        required=required,
        metavar="DIR",
        help=f"folder to write {file} into",
    )


def add_dry_run(command: argparse.ArgumentParser) -> None:
    """--dry-run."""
    command.add_argument(
        "--dry-run", action="store_true", help="say what would change, and change nothing"
    )


def add_url(command: argparse.ArgumentParser) -> None:
    """--url."""
    command.add_argument(
        "--url",
        metavar="HOST:PORT",
        help="run the models of this server, which serves --repository (default: this process)",
    )


def add_options(command: argparse.ArgumentParser) -> None:
    """What one request may choose: --alpha, --top-k, --ranking, --no-read, --no-decide."""
    command.add_argument("--alpha", default=Options.alpha, help="0 text .. 1 visual")
    command.add_argument("--top-k", default=Options.top_k, metavar="K")
    command.add_argument("--ranking", default=Options.ranking, help="both or study")
    command.add_argument("--no-read", action="store_true", help="leave the text aside")
    command.add_argument("--no-decide", action="store_true", help="nearest label, never `other`")


def _report_folder(word: str) -> Path:
    folder = Path(word)
    if folder.is_file() or folder.suffix == ".html":
        raise argparse.ArgumentTypeError(f"{word} is a file; expected a folder")
    return folder


def options_from(arguments: argparse.Namespace) -> Options:
    """The request options `add_options` parsed. Raises InvalidOption."""
    return Options.from_parameters(
        {
            "alpha": arguments.alpha,
            "top_k": arguments.top_k,
            "ranking": arguments.ranking,
            "read": not arguments.no_read,
            "decide": not arguments.no_decide,
        }
    )

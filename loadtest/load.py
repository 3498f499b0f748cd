"""`python -m loadtest.load`: Locust without its web page, against a server that is there or ours.

What this command does not know is passed on to Locust (`--shape spike --broken 0.1` ...), see
docs/loadtest.md.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from loadtest.serve import answers, serving
from vislex.cli import guard, new_parser, old_spelling

_PROG = "python -m loadtest.load"

DEFAULT_URL = "localhost:8001"


def main(arguments: list[str] | None = None) -> int:
    return guard(_PROG, lambda: _load(*_parser().parse_known_args(arguments)))


def _load(options: argparse.Namespace, passed_on: list[str]) -> int:
    options.out.mkdir(parents=True, exist_ok=True)
    url = options.url or (DEFAULT_URL if answers(DEFAULT_URL) else None)
    if url is not None:
        return _locust(url, options.out, passed_on)
    with serving(options.repository, options.gallery, options.out) as server:
        return _locust(server.url, options.out, passed_on)


def _locust(url: str, out: Path, passed_on: list[str]) -> int:
    """Runs Locust to its end; answers its exit code, which says whether thresholds were kept."""
    command = [
        sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("locustfile.py")),
        "--headless", "--host", url, "--html", str(out / "report.html"),
        "--csv", str(out / "load"), "--only-summary", *passed_on,
    ]  # fmt: skip
    status = subprocess.run(command, check=False).returncode
    print(f"report: {out / 'report.html'}, figures: {out}/load_*.csv")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = new_parser(_PROG, __doc__, "--duration-seconds 60 --peak 4")
    add = parser.add_argument
    ours = f"gRPC address (default: a server of ours, unless {DEFAULT_URL} answers)"
    url = add("--url", metavar="HOST:PORT", help=ours)
    old_spelling(parser, url, "--host")
    add("--repository", type=Path, default=Path("build/repository"), metavar="DIR")
    add("--gallery", type=Path, default=Path("build/gallery"), metavar="DIR")
    add("--out", type=Path, default=Path("build/load"), metavar="DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())

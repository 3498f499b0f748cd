"""`python -m loadtest.load`: Locust without its web page, against a server that is there or ours.

What this command does not know is passed on to Locust (`--shape spike --broken 0.1` ...), see
docs/loadtest.md.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from loadtest.serve import answers, serving
from vislex.errors import VislexError

DEFAULT_HOST = "localhost:8001"


def main(arguments: list[str] | None = None) -> int:
    options, passed_on = _parser().parse_known_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        host = options.host or (DEFAULT_HOST if answers(DEFAULT_HOST) else None)
        if host is not None:
            return _locust(host, options.out, passed_on)
        with serving(options.repository, options.gallery, options.out) as server:
            return _locust(server.url, options.out, passed_on)
    except (VislexError, OSError) as error:
        print(f"load: {error}", file=sys.stderr)
        return 1


def _locust(host: str, out: Path, passed_on: list[str]) -> int:
    """Runs Locust to its end; answers its exit code, which says whether thresholds were kept."""
    command = [
        sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("locustfile.py")),
        "--headless", "--host", host, "--html", str(out / "report.html"),
        "--csv", str(out / "load"), "--only-summary", *passed_on,
    ]  # fmt: skip
    status = subprocess.run(command, check=False).returncode
    print(f"report: {out / 'report.html'}, figures: {out}/load_*.csv")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtest.load", description=__doc__)
    add = parser.add_argument
    add("--host", metavar="HOST:PORT",
        help=f"gRPC address (default: ours, unless {DEFAULT_HOST} answers)")  # fmt: skip
    add("--repository", type=Path, default=Path("build/repository"), metavar="DIR")
    add("--gallery", type=Path, default=Path("build/gallery"), metavar="DIR")
    add("--out", type=Path, default=Path("build/load"), metavar="DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())

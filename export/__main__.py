"""`python -m export COMMAND`: each command's options stand beside its code."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from vislex.errors import VislexError

COMMANDS = {  # command -> its module
    "repository": "export.repository.write",
    "siglip2": "export.encoders.siglip2",
    "ocr": "export.ocr.ppocr",
    "check": "export.check",
    "bench": "export.bench",
    "tiny": "export.encoders.tiny",
    "train": "training.encoder.train",
    "judge-encoder": "training.encoder.judge",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; 1 and a message on stderr where it cannot be done."""
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    wanted = [name for name in COMMANDS if name in argv[:1]]
    # Only the command that is run is imported: `repository` works where torch is not installed.
    for name in wanted or COMMANDS:
        try:
            import_module(COMMANDS[name]).add_parser(commands)
        except ModuleNotFoundError as error:
            needed = _needed(error.name or "")
            if wanted:
                print(f"error: {name} {needed}", file=sys.stderr)
                return 1
            commands.add_parser(name, help=needed)
    args = parser.parse_args(argv)
    try:
        args.run(args)
    except (VislexError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _needed(module: str) -> str:
    if module.partition(".")[0] == "training":
        return "needs a checkout of the project: run it from there (training/ is not installed)"
    return f"needs {module} (pip install 'vislex[export]')"


if __name__ == "__main__":
    raise SystemExit(main())

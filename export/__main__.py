"""`python -m export COMMAND`: each command's options stand beside its code."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from vislex.errors import VislexError

COMMANDS = {  # command -> module of this package
    "repository": "repository",
    "siglip2": "siglip2",
    "ocr": "ocr",
    "check": "check",
    "bench": "bench",
    "tiny": "tiny",
    "train": "training.train",
    "judge-encoder": "training.judge",
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
            import_module(f"export.{COMMANDS[name]}").add_parser(commands)
        except ModuleNotFoundError as error:
            needed = f"needs {error.name} (pip install 'vislex[export]')"
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


if __name__ == "__main__":
    raise SystemExit(main())

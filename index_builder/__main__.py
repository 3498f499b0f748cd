"""`python -m index_builder COMMAND`: builds, changes and judges galleries; see `COMMAND --help`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from io import TextIOWrapper
from types import ModuleType

from vislex_client import VislexError as ClientError

from vislex.errors import VislexError

COMMANDS = {  # command -> module of index_builder.commands
    "build": "build",
    "merge": "build",
    "add": "edit",
    "remove": "edit",
    "relabel": "edit",
    "learn": "learn",
    "calibrate": "calibrate",
    "evaluate": "evaluate",
    "list": "look",
    "show": "look",
    "diff": "look",
    "stats": "stats",
    "publish": "versions",
    "rollback": "versions",
    "gc": "versions",
    "verify": "versions",
    "export": "export",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 1 and a message on stderr where it cannot be done."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a path need not be UTF-8; what is said of it is
            stream.reconfigure(errors="backslashreplace")
    options = _parser(arguments).parse_args(arguments)
    run: Callable[[argparse.Namespace], int | None] = options.run
    try:
        return run(options) or 0
    except (VislexError, ClientError, OSError) as error:
        print(f"index_builder: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was published before is unchanged", file=sys.stderr)
        return 130


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m index_builder", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    wanted = [name for name in COMMANDS if name in arguments[:1]]
    # Only the module of the command that is run is imported: `list` needs no model runtime.
    for module in dict.fromkeys(COMMANDS[name] for name in wanted or COMMANDS):
        loaded: ModuleType = import_module(f"index_builder.commands.{module}")
        loaded.add_parsers(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""`vislex`, or `python -m vislex`: the server, over a written repository and galleries."""

import sys
from collections.abc import Sequence

from vislex.cli import Command, run, with_commands

PROG = "vislex"
COMMANDS = {
    "serve": Command(
        "vislex.serving.command",
        "run the server until SIGTERM or Ctrl-C",
        "--repository build/repository --gallery build/gallery",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    return run(PROG, with_commands(PROG, __doc__, COMMANDS, extra="server"), argv)


if __name__ == "__main__":
    sys.exit(main())

"""How every program of the project behaves at the command line: commands, errors, exit codes.

    0    done
    1    an input was refused, or the work failed
    2    wrong usage: an unknown flag, or a value that is out of range
    3    what one command gives a meaning of its own, said in its --help
    130  Ctrl-C
    141  whoever read the output has gone, such as `head`

An expected error is one line on standard error, `PROGRAM: error: what is wrong`. Any other
exception is a bug and shows its traceback. The client is a distribution of its own and does
without this package: `vislex_client/cli.py` behaves the same, and a test compares the two.

A flag means the same in every program, and one that takes a quantity ends with its unit
(`--wait-seconds`, `--cache-mb`). `--out` is what a command writes, `--report` a folder for a
report, `--url` a server, `--version` the program's own version.
"""

from vislex.cli.commands import Command, Commands, new_parser, with_commands
from vislex.cli.exits import guard, run
from vislex.cli.flags import count, old_spelling, seconds

__all__ = [
    "Command",
    "Commands",
    "count",
    "guard",
    "new_parser",
    "old_spelling",
    "run",
    "seconds",
    "with_commands",
]

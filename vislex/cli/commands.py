"""A program's commands: a table of them, parsers with an example each, modules on demand."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from vislex import __version__
from vislex.cli.exits import MakeParser
from vislex.errors import VislexError


@dataclass(frozen=True)
class Command:
    """A row of a program's table. `module` is imported only when the command is chosen."""

    module: str  # its `add_parsers(commands)` adds the parser, whose `run` does the work
    help: str
    example: str  # what follows the command's name; works as written on the bundled data


class Commands:
    """What `add_parsers` of a command's module adds to; help and example come from the table."""

    def __init__(self, parser: argparse.ArgumentParser, table: Mapping[str, Command]) -> None:
        self._table, self._prog = table, parser.prog
        self._parsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def add_parser(self, name: str) -> argparse.ArgumentParser:
        row = self._table[name]
        return self._parsers.add_parser(
            name,
            help=row.help,
            description=row.help,
            epilog=_example(f"{self._prog} {name} {row.example}"),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,  # or a flag that is added later breaks a script
        )


def new_parser(prog: str, about: str | None, example: str = "") -> argparse.ArgumentParser:
    """The parser of a program, with --version; `example` is what follows its name."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description=about,
        epilog=_example(f"{prog} {example}") if example else f"`{prog} COMMAND --help` says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{prog} {__version__}")
    return parser


def with_commands(
    prog: str, about: str | None, table: Mapping[str, Command], *, extra: str
) -> MakeParser:
    """Makes the parser of a program with commands; imports the module of the chosen one alone.

    `extra` is the extra of this package that brings what the commands need.
    """

    def make(argv: Sequence[str]) -> argparse.ArgumentParser:
        parser = new_parser(prog, about)
        commands = Commands(parser, table)
        if argv and argv[0] in table:
            _load(argv[0], table[argv[0]].module, extra).add_parsers(commands)
        else:
            for name in table:
                commands.add_parser(name)
        return parser

    return make


def _example(line: str) -> str:
    return f"Example:\n  {line}"


def _load(name: str, module: str, extra: str) -> ModuleType:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        needed = (error.name or "").partition(".")[0]
        if needed in ("", "vislex", module.partition(".")[0]):
            raise  # our own: a bug
        raise VislexError(f"{name} needs {needed} (pip install 'vislex[{extra}]')") from error

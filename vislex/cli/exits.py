"""Work done with an exit code: errors in one line, Ctrl-C, a reader that has gone."""

import argparse
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from vislex.errors import InvalidOption, VislexError

FAILED, USAGE, INTERRUPTED, NOBODY_READS = 1, 2, 130, 141

Errors = tuple[type[Exception], ...]
Advice = Mapping[type[BaseException], str]
MakeParser = Callable[[Sequence[str]], argparse.ArgumentParser]


def run(
    prog: str,
    make_parser: MakeParser,
    argv: Sequence[str] | None = None,
    *,
    expected: Errors = (),
    advice: Advice | None = None,
) -> int:
    """Parses `argv` (default: the program's own), runs what was chosen; see `guard`."""

    def work() -> int | None:
        words = sys.argv[1:] if argv is None else list(argv)
        options = make_parser(words).parse_args(words)
        chosen: Callable[[argparse.Namespace], int | None] = options.run
        return chosen(options)

    return guard(prog, work, expected=expected, advice=advice)


def guard(
    prog: str,
    work: Callable[[], int | None],
    *,
    expected: Errors = (),
    advice: Advice | None = None,
) -> int:
    """Does the work and answers the exit code, as `vislex.cli` says.

    `expected` are errors beside VislexError and OSError that get one line. `advice` is what a
    message of a class ends with: what the caller of this program can do, and of no library.
    """
    said: Errors = (VislexError, OSError, *expected)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # letters that the locale lacks are escaped
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            return work() or 0
        finally:
            sys.stdout.flush()  # here, where a reader that has gone is still noticed
    except BrokenPipeError:
        _forget_output()
        return NOBODY_READS
    except said as error:
        print(f"{prog}: error: {_said(error)}{_advice(error, advice)}", file=sys.stderr)
        return USAGE if isinstance(error, InvalidOption) else FAILED
    except KeyboardInterrupt as error:
        print(f"{prog}: interrupted{_advice(error, advice)}", file=sys.stderr)
        return INTERRUPTED


def _said(error: Exception) -> str:
    """The message; of the system's errors without their number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _advice(error: BaseException, advice: Advice | None) -> str:
    return "".join(
        f"; {words}" for kind, words in (advice or {}).items() if isinstance(error, kind)
    )


def _forget_output() -> None:
    """What is still to be written goes nowhere, or Python complains when it ends."""
    with suppress(OSError, ValueError):  # ValueError: a stream that is no file, in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

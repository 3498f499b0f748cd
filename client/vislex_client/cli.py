"""The command line: makes the client, runs a command, ends with its exit code.

It behaves as every program of the project does (`vislex/cli/`), in code of its own: this
distribution is installed without the server's. A test compares the two.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from vislex_client import commands
from vislex_client.arguments import arguments_parser
from vislex_client.client import Client
from vislex_client.commands import ANSWERED, PROG, SOME_FAILED, UNREACHABLE, USAGE
from vislex_client.errors import InvalidOption, VislexError
from vislex_client.settings import Circuit, Retry, Tls

INTERRUPTED, NOBODY_READS = 130, 141  # exit codes, beside those of `commands`


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a label outside the locale's letters is shown
            stream.reconfigure(errors="backslashreplace")  # escaped, as JSON too would write it
    watching = False
    try:
        try:
            arguments = arguments_parser().parse_args(argv)
            watching = arguments.run is commands.watch
            with _client(arguments) as client:
                return int(arguments.run(client, arguments))
        finally:
            sys.stdout.flush()  # here, where a reader that has gone is still noticed
    except BrokenPipeError:  # whoever read the output has gone, such as `head`
        _forget_output()
        return NOBODY_READS
    except InvalidOption as error:
        commands.complain(str(error))
        return USAGE
    except VislexError as error:  # those of single files are printed where they happen
        commands.complain(str(error))
        return UNREACHABLE
    except OSError as error:  # a folder that cannot be watched
        commands.complain(_said(error))
        return SOME_FAILED
    except KeyboardInterrupt:  # what was under way is cancelled; how a watch ends
        if watching:
            return ANSWERED
        print(f"{PROG}: interrupted", file=sys.stderr)
        return INTERRUPTED


def _said(error: OSError) -> str:
    """The message, without the error's number."""
    if not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _forget_output() -> None:
    """What is still to be written goes nowhere, or Python complains when it ends."""
    with suppress(OSError, ValueError):  # ValueError: a stream that is no file, in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _client(arguments: argparse.Namespace) -> Client:
    encrypted = arguments.tls or arguments.tls_ca or arguments.tls_cert or arguments.tls_key
    quick = arguments.run is commands.watch  # it asks again by itself, and says so
    attempts = Retry().attempts if quick and arguments.attempts is None else arguments.attempts
    settings: dict[str, Any] = {}
    if attempts is not None:
        settings = {"retry": Retry(attempts=attempts), "circuit": Circuit()}
    return Client.patient(
        arguments.url,
        concurrency=arguments.concurrency,
        timeout_s=arguments.timeout_seconds,
        tls=Tls(arguments.tls_ca, arguments.tls_cert, arguments.tls_key) if encrypted else None,
        token=_token(arguments.token_file),
        proxy=not arguments.no_proxy,
        **settings,
    )


def _token(path: Path | None) -> str | None:
    """Not an argument itself: everybody on the machine can read those."""
    if path is None:
        return os.environ.get("VISLEX_TOKEN") or None
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidOption(f"cannot read the token file {str(path)!r}: {error}") from error

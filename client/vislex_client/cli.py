"""The command line: makes the client, runs a command, ends with its exit code."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vislex_client import commands
from vislex_client.arguments import arguments_parser
from vislex_client.client import Client
from vislex_client.commands import ANSWERED, SOME_FAILED, UNREACHABLE
from vislex_client.errors import InvalidOption, VislexError
from vislex_client.settings import Circuit, Retry, Tls


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a label outside the locale's letters is shown
            stream.reconfigure(errors="backslashreplace")  # escaped, as JSON too would write it
    parser = arguments_parser()
    arguments = parser.parse_args(argv)
    try:
        with _client(arguments) as client:
            return int(arguments.run(client, arguments))
    except InvalidOption as error:
        parser.error(str(error))
    except VislexError as error:  # those of single files are printed where they happen
        commands.complain(str(error))
        return UNREACHABLE
    except OSError as error:  # a folder that cannot be watched
        commands.complain(f"{error.filename or ''}: {error.strerror}".lstrip(": "))
        return SOME_FAILED
    except KeyboardInterrupt:  # what was under way is cancelled; how a watch ends
        return ANSWERED if arguments.run is commands.watch else 130


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
        timeout_s=arguments.timeout,
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

"""What each command of the command line does, over a client."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from vislex_client import options, show, tensors
from vislex_client.client import Client
from vislex_client.errors import (
    DeadlineExceeded,
    InvalidImage,
    InvalidOption,
    Unavailable,
    VislexError,
)
from vislex_client.many import in_order
from vislex_client.table import table
from vislex_client.watch import Folder

PROG = "vislex-client"
ANSWERED, SOME_FAILED, USAGE, UNREACHABLE = 0, 1, 2, 3  # exit codes; argparse itself exits with 2
_STDIN = "-"  # in place of a file; one of that name is ./-


def health(client: Client, arguments: argparse.Namespace) -> int:
    """Prints what the server says of itself."""
    found = client.health(model=arguments.model)
    _print(found.to_json() if arguments.json else table(show.health_rows(found)))
    return ANSWERED if found.serving else UNREACHABLE


def gallery(client: Client, arguments: argparse.Namespace) -> int:
    """Prints the server's galleries and their versions."""
    found = client.gallery(arguments.name)
    _print(found.to_json() if arguments.json else table(show.gallery_rows(found)))
    return ANSWERED


def classify(client: Client, arguments: argparse.Namespace) -> int:
    """Prints the answer for each file."""
    chosen = choices(arguments)
    client.classify_many([], **chosen)  # refuses an option before the server is asked
    return _files(
        client, arguments, tensors.CLASSIFY, partial(client.classify, **chosen), show.CLASSIFY
    )


def embed(client: Client, arguments: argparse.Namespace) -> int:
    """Prints the embedding of each file."""
    return _files(client, arguments, tensors.EMBED, client.embed, show.EMBED)


def read(client: Client, arguments: argparse.Namespace) -> int:
    """Prints the lines of text of each file."""
    return _files(client, arguments, tensors.READ, client.read, show.READ)


def watch(client: Client, arguments: argparse.Namespace) -> int:
    """Classifies files as they appear, until interrupted or `--count` are answered.

    A file that cannot be answered now, because the server is away or full, is asked for again; so
    is one whose folder went away before it was read. Each is said once, on standard error.
    """
    chosen = {**choices(arguments), "concurrency": client.in_flight}
    client.classify_many([], **chosen)
    every_s = options.seconds("every", arguments.every_seconds)
    count = math.inf if arguments.count is None else options.count("count", arguments.count)
    _require_serving(client, tensors.CLASSIFY)
    folder = Folder(arguments.folder, recursive=arguments.recursive, existing=arguments.existing)
    waiting: list[Path] = []
    unread: set[Path] = set()
    answered, failed, said = 0, False, ""
    while answered < count:
        time.sleep(every_s)
        asked = list(dict.fromkeys([*waiting, *folder.written()]))
        for sentence in folder.troubles():
            complain(sentence)
        waiting, trouble = [], ""
        for path, answer in zip(asked, client.classify_many(asked, **chosen)):
            if isinstance(answer, VislexError) and _passes(answer):
                waiting.append(path)
                trouble = trouble or str(answer)
            elif _is_away(answer):
                folder.again(path)
                if path not in unread:
                    complain(f"{answer}; it is asked about once it is back")
                unread.add(path)
            else:
                unread.discard(path)
                print(show.json_line(str(path), answer), flush=True)
                answered += 1
                failed |= isinstance(answer, VislexError)
        if trouble and not said:  # once for each time the server goes away
            complain(f"files waiting for the server, {len(waiting)} now: {trouble}")
        said = trouble
    return SOME_FAILED if failed else ANSWERED


def choices(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was chosen for each classification."""
    return {
        "alpha": arguments.alpha,
        "top_k": arguments.top_k,
        "read": False if arguments.no_read else None,
        "ranking": arguments.ranking,
        "decide": False if arguments.no_decide else None,
        "gallery": arguments.gallery,
        "gallery_version": arguments.gallery_version,
    }


def complain(message: str) -> None:
    """One line on standard error."""
    print(f"{PROG}: error: {message}", file=sys.stderr)


def _files(
    client: Client, arguments: argparse.Namespace, model: str, ask: Any, heading: tuple[str, ...]
) -> int:
    if arguments.files.count(_STDIN) > 1:
        raise InvalidOption(f"{_STDIN} is given more than once; standard input can be read once")
    _require_serving(client, model)
    rows: show.Rows = []
    failed = False
    images = (sys.stdin.buffer if file == _STDIN else file for file in arguments.files)
    results = in_order(ask, images, client.in_flight)
    for file, result in zip(arguments.files, results):
        failed |= isinstance(result, VislexError)
        if arguments.json:
            print(show.json_line(file, result), flush=True)
        elif isinstance(result, VislexError):
            complain(f"{file}: {result}")
        else:
            rows += show.rows(file, result)
    if rows:
        _print(table([heading, *rows]))
    return SOME_FAILED if failed else ANSWERED


def _require_serving(client: Client, model: str) -> None:
    """Asked first, so that a server that is not there is one message and not one a file."""
    if not client.health(model=model).serving:
        raise Unavailable(f"the server at {client.url} is up but {model} is not ready")


def _passes(error: VislexError) -> bool:
    return error.transient or isinstance(error, DeadlineExceeded)


def _is_away(answer: Any) -> bool:
    """Whether a file could not be read for a reason that may pass: it or its share is gone."""
    why = answer.__cause__ if isinstance(answer, InvalidImage) else None
    return isinstance(why, OSError) and not isinstance(why, (PermissionError, IsADirectoryError))


def _print(lines: str | Sequence[str]) -> None:
    print(lines if isinstance(lines, str) else "\n".join(lines))

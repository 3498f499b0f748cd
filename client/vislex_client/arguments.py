"""What the command line takes, and its help."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from vislex_client import commands
from vislex_client.settings import PATIENT_S
from vislex_client.tensors import CLASSIFY, RANKINGS

_EXAMPLES = """\
examples:
  python -m vislex_client health --url scorer:8001
  python -m vislex_client classify screen.png other.jpg
  python -m vislex_client classify --json --alpha 0.5 --top-k 10 screens/*.png > answers.jsonl
  python -m vislex_client classify --gallery games --gallery-version v000006 screen.png
  python -m vislex_client read screen.png
  adb exec-out screencap -p | python -m vislex_client classify -
  python -m vislex_client embed --json screens/*.png > embeddings.jsonl
  python -m vislex_client gallery
  python -m vislex_client watch incoming/ --recursive >> answers.jsonl
  VISLEX_URL=scorer:443 VISLEX_TOKEN=... python -m vislex_client health --tls-ca ca.pem

environment:
  VISLEX_URL    the server's address, where --url is not given
  VISLEX_TOKEN  sent as a bearer token, where --token-file is not given
  grpc_proxy, https_proxy, http_proxy, no_proxy
                a proxy for servers that are not on this machine, unless --no-proxy

exit codes:
  0  every file was answered (health: the model can be called)
  1  some files failed; the others were answered
  2  wrong usage
  3  the server cannot be reached, is not ready or denies access; no file was sent
"""
_FORM: Any = {  # of --help on its own and after a command
    "epilog": _EXAMPLES,
    "formatter_class": argparse.RawDescriptionHelpFormatter,
    "allow_abbrev": False,
}


def arguments_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; `run` of what it parses is one of `commands`."""
    parser = argparse.ArgumentParser(
        prog="python -m vislex_client",
        description="Ask a vislex server which known screen an image shows, or none of them.",
        **_FORM,
    )
    commands_of = parser.add_subparsers(required=True, metavar="COMMAND")
    common, choices, files = _common(), _choices(), _files()

    def add(run: Any, words: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        command = commands_of.add_parser(
            run.__name__, parents=[common, *parents], help=words, **_FORM
        )
        command.set_defaults(run=run)
        return command

    add(commands.classify, "classify image files", choices, files)
    add(commands.embed, "their embeddings", files)
    add(commands.read, "their lines of text", files)
    health = add(commands.health, "is the server ready?")
    health.add_argument("--model", default=CLASSIFY, metavar="NAME", help="to call (%(default)s)")
    gallery = add(commands.gallery, "which galleries and versions does it serve?")
    gallery.add_argument("name", nargs="?", metavar="NAME", help="of one of them (all)")
    watch = add(commands.watch, "classify files as they appear in a folder", choices)
    watch.add_argument("folder", type=Path, metavar="FOLDER")
    every = "between two looks; a file is sent once two find it the same (%(default)g)"
    watch.add_argument("--every", type=float, default=1.0, metavar="SECONDS", help=every)
    watch.add_argument("--existing", action="store_true", help="files that are there already, too")
    watch.add_argument("--recursive", action="store_true", help="folders in it, too")
    watch.add_argument("--count", type=int, metavar="N", help="end after N answers")
    return parser


def _common() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    add = parser.add_argument
    url = os.environ.get("VISLEX_URL") or "localhost:8001"
    add("--url", default=url, metavar="HOST:PORT", help="the gRPC port (%(default)s)")
    budget = "for each call, retries included (%(default)g)"
    add("--timeout", type=float, default=PATIENT_S, metavar="SECONDS", help=budget)
    attempts = "of each call at most (as many as --timeout allows; of watch 5, before it looks on)"
    add("--attempts", type=int, metavar="N", help=attempts)
    at_a_time = "calls at a time, fewer while the server is full or late (2 a core)"
    add("--concurrency", type=int, metavar="N", help=at_a_time)
    add("--json", action="store_true", help="one JSON object a line, not a table")
    add("--token-file", type=Path, metavar="FILE", help="a bearer token")
    add("--no-proxy", action="store_true", help="do not use the proxy of the environment")
    add("--tls", action="store_true", help="encrypt; trust public authorities")
    add("--tls-ca", metavar="FILE", help="encrypt; trust these authorities (PEM)")
    add("--tls-cert", metavar="FILE", help="this client's certificate (mTLS)")
    add("--tls-key", metavar="FILE", help="and its key")
    return parser


def _choices() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    add = parser.add_argument
    add("--alpha", type=float, help="weight of looks against text, 1 to 0")
    add("--top-k", type=int, metavar="K", help="candidates that are compared")
    add("--no-read", action="store_true", help="do not read the text")
    add("--ranking", choices=RANKINGS, help="where candidates come from")
    add("--no-decide", action="store_true", help="nearest label, never `other`")
    add("--gallery", metavar="NAME", help="one of the server's galleries")
    add("--gallery-version", metavar="VERSION", help="one that is still loaded")
    return parser


def _files() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("files", nargs="+", metavar="FILE", help="an image; -: standard input")
    return parser

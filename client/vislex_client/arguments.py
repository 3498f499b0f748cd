"""What the command line takes, and its help."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from vislex_client import __version__, commands
from vislex_client.settings import PATIENT_S
from vislex_client.tensors import CLASSIFY, RANKINGS

_SCREENS = "samples/queries/ayh_amount"
_EXAMPLES = """\
examples:
  vislex-client health --url scorer:8001
  vislex-client classify screen.png other.jpg
  vislex-client classify --json --alpha 0.5 --top-k 10 screens/*.png > answers.jsonl
  vislex-client classify --gallery games --gallery-version v000006 screen.png
  vislex-client read screen.png
  adb exec-out screencap -p | vislex-client classify -
  vislex-client embed --json screens/*.png > embeddings.jsonl
  vislex-client gallery
  vislex-client watch incoming/ --recursive >> answers.jsonl
  VISLEX_URL=scorer:443 VISLEX_TOKEN=... vislex-client health --tls-ca ca.pem
"""
_MORE = """\
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
  130  Ctrl-C (0 for watch, which ends so); 141  whoever read the output has gone, such as `head`

"""
_FORM: Any = {  # of --help on its own and after a command
    "formatter_class": argparse.RawDescriptionHelpFormatter,
    "allow_abbrev": False,
}


def arguments_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; `run` of what it parses is one of `commands`."""
    parser = argparse.ArgumentParser(
        prog=commands.PROG,
        description="Ask a vislex server which known screen an image shows, or none of them.",
        epilog=_MORE + _EXAMPLES,
        **_FORM,
    )
    parser.add_argument("--version", action="version", version=f"{commands.PROG} {__version__}")
    commands_of = parser.add_subparsers(required=True, metavar="COMMAND")
    common, choices, files = _common(), _choices(), _files()

    def add(
        run: Any, words: str, example: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        line = f"Example:\n  {commands.PROG} {run.__name__} {example}"
        command = commands_of.add_parser(
            run.__name__, parents=[common, *parents], help=words, description=words,
            epilog=_MORE + line, **_FORM,
        )  # fmt: skip
        command.set_defaults(run=run)
        return command

    add(commands.classify, "classify image files", f"{_SCREENS}/*.webp --top-k 10", choices, files)
    add(commands.embed, "the embeddings of image files", f"--json {_SCREENS}/00.webp", files)
    add(commands.read, "the lines of text of image files", f"{_SCREENS}/00.webp", files)
    health = add(commands.health, "is the server ready?", "--url localhost:8001")
    health.add_argument("--model", default=CLASSIFY, metavar="NAME", help="to call (%(default)s)")
    gallery = add(commands.gallery, "which galleries and versions does it serve?", "--json")
    gallery.add_argument("name", nargs="?", metavar="NAME", help="of one of them (all)")
    watch = add(
        commands.watch,
        "classify files as they appear in a folder",
        f"{_SCREENS} --existing --count 4",
        choices,
    )
    watch.add_argument("folder", type=Path, metavar="FOLDER")
    every = "between two looks; a file is sent once two find it the same (%(default)g)"
    interval = watch.add_argument(
        "--every-seconds", type=float, default=1.0, metavar="S", help=every
    )
    _old_spelling(watch, interval, "--every")
    watch.add_argument("--existing", action="store_true", help="files that are there already, too")
    watch.add_argument("--recursive", action="store_true", help="folders in it, too")
    watch.add_argument("--count", type=int, metavar="N", help="end after N answers")
    return parser


def _old_spelling(parser: argparse.ArgumentParser, flag: argparse.Action, old: str) -> None:
    """Takes `old` for the flag as well, and does not show it: scripts of users pass it."""
    alias = parser.add_argument(
        old, dest=flag.dest, default=argparse.SUPPRESS, help=argparse.SUPPRESS
    )
    alias.type = flag.type


def _common() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    add = parser.add_argument
    url = os.environ.get("VISLEX_URL") or "localhost:8001"
    add("--url", default=url, metavar="HOST:PORT", help="the gRPC port (%(default)s)")
    budget = "for each call, retries included (%(default)g)"
    timeout = add("--timeout-seconds", type=float, default=PATIENT_S, metavar="S", help=budget)
    _old_spelling(parser, timeout, "--timeout")
    attempts = (
        "of each call at most (as many as --timeout-seconds allows; of watch 5, before it looks on)"
    )
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

"""The command line: parses, calls the client, prints."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence
from typing import Any

from vislex_client.client import Client
from vislex_client.errors import InvalidOption, Unavailable, VislexError
from vislex_client.results import Classification
from vislex_client.table import table
from vislex_client.tensors import RANKINGS

ANSWERED, SOME_FAILED, USAGE, UNREACHABLE = 0, 1, 2, 3  # exit codes; argparse itself exits with 2

_EXAMPLES = """\
examples:
  python -m vislex_client health --url scorer:8001
  python -m vislex_client classify screen.png other.jpg
  python -m vislex_client classify --json --alpha 0.5 --top-k 10 screens/*.png > answers.jsonl

exit codes:
  0  every file was answered (health: classify can be called)
  1  some files failed; the others were answered
  2  wrong usage
  3  the server cannot be reached or is not ready; no file was sent
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a label outside the locale's letters is shown
            stream.reconfigure(errors="backslashreplace")  # escaped, as JSON too would write it
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        with Client(arguments.url, timeout_s=arguments.timeout) as client:
            return int(arguments.run(client, arguments))
    except InvalidOption as error:
        parser.error(str(error))
    except VislexError as error:  # those of single files are printed where they happen
        _complain(str(error))
        return UNREACHABLE


def _parser() -> argparse.ArgumentParser:
    form: Any = {  # of --help on its own and after a command
        "epilog": _EXAMPLES,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }
    parser = argparse.ArgumentParser(
        prog="python -m vislex_client",
        description="Ask a vislex server which known screen an image shows, or none of them.",
        **form,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--url", default="localhost:8001", metavar="HOST:PORT", help="the gRPC port (%(default)s)"
    )
    common.add_argument(
        "--timeout", type=float, default=30.0, metavar="SECONDS", help="for each call (%(default)g)"
    )
    common.add_argument("--json", action="store_true", help="one JSON object a line, not a table")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    classify = commands.add_parser(
        "classify", parents=[common], help="classify image files", **form
    )
    classify.add_argument("files", nargs="+", metavar="FILE")
    classify.add_argument("--alpha", type=float, help="weight of looks against text, 1 to 0")
    classify.add_argument("--top-k", type=int, metavar="K", help="candidates that are compared")
    classify.add_argument("--no-read", action="store_true", help="do not read the text")
    classify.add_argument("--ranking", choices=RANKINGS, help="where candidates come from")
    classify.add_argument("--no-decide", action="store_true", help="nearest label, never `other`")
    classify.set_defaults(run=_classify)

    health = commands.add_parser("health", parents=[common], help="is the server ready?", **form)
    health.set_defaults(run=_health)
    return parser


def _health(client: Client, arguments: argparse.Namespace) -> int:
    health = client.health()
    if arguments.json:
        print(health.to_json())
    else:
        fields = {**health.as_dict(), "model_versions": ", ".join(health.model_versions) or "none"}
        print("\n".join(table([(name, str(value)) for name, value in fields.items()])))
    return ANSWERED if health.serving else UNREACHABLE


def _classify(client: Client, arguments: argparse.Namespace) -> int:
    answers = client.classify_many(
        arguments.files,
        alpha=arguments.alpha,
        top_k=arguments.top_k,
        read=False if arguments.no_read else None,
        ranking=arguments.ranking,
        decide=False if arguments.no_decide else None,
    )
    # Asked first, so that a server that is not there is one message and not one a file.
    if not client.health().serving:
        raise Unavailable(f"the server at {client.url} is up but not ready to classify")
    rows = [("FILE", "LABEL", "DECISION", "CONFIDENCE", "REASON")]
    failed = False
    for file, answer in zip(arguments.files, answers):
        failed |= isinstance(answer, VislexError)
        if arguments.json:
            print(_json_line(file, answer), flush=True)
        elif isinstance(answer, VislexError):
            _complain(f"{file}: {answer}")
        else:
            rows.append(
                (file, answer.label, answer.decision, f"{answer.confidence:.3f}", answer.reason)
            )
    if rows[1:]:
        print("\n".join(table(rows)))
    return SOME_FAILED if failed else ANSWERED


def _json_line(file: str, answer: Classification | VislexError) -> str:
    if isinstance(answer, Classification):
        fields: dict[str, Any] = answer.as_dict()
    else:
        fields = {"error": type(answer).__name__, "message": str(answer)}
    return json.dumps({"file": file, **fields}, ensure_ascii=False)


def _complain(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)

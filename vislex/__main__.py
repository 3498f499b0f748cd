"""`python -m vislex serve`: Triton behind its gateway, over a written repository and galleries."""

import argparse
import asyncio
import io
import os
import sys

from vislex.errors import VislexError
from vislex.images.limits import Limits
from vislex.serving.arguments import add_flags, settings_of
from vislex.serving.galleries import check_galleries
from vislex.serving.launch import serve


def main(arguments: list[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a path need not be text
            stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="python -m vislex", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_flags(commands.add_parser("serve", help="run the server until SIGTERM or Ctrl-C"))
    options = parser.parse_args(arguments)
    try:
        _serve(options)
    except (VislexError, OSError) as error:
        print(f"vislex: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before there was anything to drain
        pass
    return 0


def _serve(options: argparse.Namespace) -> None:
    settings, limits = settings_of(options), Limits.from_env(os.environ)
    # Checked here first: what is wrong with one is said at once, not after the models have loaded.
    print(f"starting: {check_galleries(settings)}", flush=True)
    asyncio.run(serve(settings, limits))


if __name__ == "__main__":
    sys.exit(main())

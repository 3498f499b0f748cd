"""`serve`: Triton behind its gateway, over a written repository and galleries."""

import argparse
import asyncio
import os

from vislex.cli import Commands
from vislex.images.limits import Limits
from vislex.serving.arguments import add_flags, settings_of
from vislex.serving.galleries import check_galleries
from vislex.serving.launch import serve


def add_parsers(commands: Commands) -> None:
    parser = commands.add_parser("serve")
    add_flags(parser)
    parser.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> None:
    settings, limits = settings_of(options), Limits.from_env(os.environ)
    # Checked here first: what is wrong with one is said at once, not after the models have loaded.
    print(f"starting: {check_galleries(settings)}", flush=True)
    asyncio.run(serve(settings, limits))

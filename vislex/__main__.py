"""`python -m vislex serve`: Triton behind its gateway, over a written repository and galleries."""

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from vislex.errors import GalleryMissing, VislexError
from vislex.gallery.recipe import Recipe, read_recipe
from vislex.gallery.versions import all_versions, current_version
from vislex.images.limits import Limits
from vislex.live.fallback import first_sound, nothing_served
from vislex.live.galleries import FolderVersions
from vislex.screens.serve import ScreenOpener
from vislex.serving.arguments import add_flags, settings_of
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
    recipe = read_recipe(settings.repository)
    if not settings.without_missing:
        _require_all(settings.galleries)
    print(f"starting: {_check(settings.galleries, recipe)}", flush=True)
    asyncio.run(serve(settings, limits))


def _require_all(galleries: Mapping[str, Path]) -> None:
    """Raises GalleryMissing where a path holds no gallery at all, as a misspelt one does."""
    for name, path in galleries.items():
        if all_versions(path):
            continue
        try:
            current_version(path)
        except GalleryMissing as error:
            more = (
                "; --start-without-missing-galleries starts without it"
                if len(galleries) > 1
                else ""
            )
            raise GalleryMissing(f"gallery {name}: {error}{more}") from None


def _check(galleries: Mapping[str, Path], recipe: Recipe) -> str:
    """Says which version of each gallery will be served. Raises GalleryError where none will."""
    opener = ScreenOpener(recipe)
    found, refused = {}, {}
    for name, path in galleries.items():
        versions = FolderVersions(path, opener)
        found[name], refused[name] = first_sound(versions, versions.check)
    if not any(found.values()):
        raise nothing_served(refused)
    for name, some in refused.items():
        for one in some:
            said = f"vislex: gallery {name}: {one.version} is refused: {one.reason}"
            print(said, file=sys.stderr, flush=True)
    words = [f"gallery {name} {one[0] if one else 'none'}" for name, one in found.items()]
    return f"{'; '.join(words)}, {sum(one[1].count for one in found.values() if one)} images"


if __name__ == "__main__":
    sys.exit(main())

"""`publish`, `rollback`, `gc` and `verify`: commands on whole versions of a gallery."""

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from index_builder.arguments import add_dry_run, add_root, add_wait
from index_builder.calibration.taught import taught, taught_words
from vislex.cli import Commands
from vislex.errors import GalleryError, GalleryMissing, InvalidOption
from vislex.gallery.lock import locked
from vislex.gallery.versions import (
    all_versions,
    current_version,
    point_at,
    published_before,
    remove_version,
)
from vislex.screens.storage import check_taught, open_gallery


def add_parsers(commands: Commands) -> None:
    publish = commands.add_parser("publish")
    publish.add_argument("version", metavar="VERSION")
    back = commands.add_parser("rollback")
    gc = commands.add_parser("gc")
    gc.add_argument(
        "--keep",
        type=int,
        required=True,
        metavar="N",
        help="versions to keep: N newest, N last live",
    )
    verify = commands.add_parser("verify")
    verify.add_argument("versions", nargs="*", metavar="VERSION", help="default: every one")
    for command, run in ((publish, _publish), (back, _rollback), (gc, _gc), (verify, _verify)):
        add_root(command)
        command.set_defaults(run=run)
    for command in (publish, back, gc):
        add_wait(command)
        add_dry_run(command)


def _publish(options: argparse.Namespace) -> None:
    _move(options, options.version)


def _rollback(options: argparse.Namespace) -> None:
    before = published_before(options.gallery)
    if not before:
        live = current_version(options.gallery)
        raise GalleryMissing(
            f"gallery {options.gallery} has no version before {live} that was published; "
            f"`publish VERSION` makes any of {', '.join(all_versions(options.gallery))} live"
        )
    _move(options, before[0])


def _move(options: argparse.Namespace, version: str) -> None:
    root = options.gallery
    # Locked, or `gc` might delete it in between.
    with locked(root, options.wait_seconds, make=False) as lock:
        gallery = open_gallery(root, None, version)
        what = f"{version}, {len(gallery.items)} images of {len(gallery.labels)} labels"
        before = _taught_live(root)
        if not options.dry_run:
            point_at(lock, version)
    print(f"{root}: {'would make live' if options.dry_run else 'live is'} {what}")
    now = taught(gallery)
    if now or before:
        print(f"  it was taught: {now or 'nothing'}")
    if before not in (now, ""):
        print(f"note: what was live before was taught: {before}", file=sys.stderr)


def _taught_live(root: Path) -> str:
    """What the live version was taught, '' where it cannot be read."""
    with suppress(GalleryError):
        manifest, items, calibration = check_taught(root, current_version(root))
        return taught_words(items, manifest.others, calibration)
    return ""


def _gc(options: argparse.Namespace) -> None:
    root = options.gallery
    if options.keep < 1:
        raise InvalidOption(f"--keep is {options.keep}; expected 1 or more")
    with locked(root, options.wait_seconds, make=False) as lock:
        live = [current_version(root), *published_before(root)]
        kept = {*live[: options.keep], *all_versions(root)[-options.keep :]}
        doomed = [name for name in all_versions(root) if name not in kept]
        if not options.dry_run:
            for name in doomed:
                remove_version(lock, name)
    done = "would delete" if options.dry_run else "deleted"
    print(f"{root}: {done} {', '.join(doomed) or 'nothing'}; kept {', '.join(sorted(kept))}")


def _verify(options: argparse.Namespace) -> int:
    root, broken, live = options.gallery, 0, ""
    try:
        live = current_version(root)
    except GalleryMissing as error:  # the versions may be whole all the same
        if not all_versions(root):
            raise
        broken += 1
        print(error)
    for name in options.versions or all_versions(root):
        mark = " (live)" if name == live else ""
        try:
            gallery = open_gallery(root, None, name)
        except GalleryError as error:
            broken += 1
            print(f"{name}{mark}: {error}")
        else:
            print(f"{name}{mark}: whole, {len(gallery.items)} images")
    return 1 if broken else 0

"""`vislex-index`, or `python -m index_builder`: builds, changes and judges galleries."""

import sys
from collections.abc import Sequence

from vislex_client import VislexError as ClientError

from vislex.cli import Command, run, with_commands
from vislex.errors import GalleryBusy

PROG = "vislex-index"
_COMMANDS = "index_builder.commands"
_GALLERY = "--gallery build/gallery"
COMMANDS = {
    "build": Command(
        f"{_COMMANDS}.build",
        "embed and read IMAGES into a gallery; goes on where it was stopped",
        f"samples/gallery {_GALLERY}",
    ),
    "merge": Command(
        f"{_COMMANDS}.build",
        "publish what all shards of a build have done",
        f"{_GALLERY} --shards 2",
    ),
    "add": Command(
        f"{_COMMANDS}.edit",
        "add IMAGES; an id that is there gets the new image",
        f"samples/gallery {_GALLERY} --dry-run",
    ),
    "remove": Command(
        f"{_COMMANDS}.edit",
        "remove images by id, or whole labels",
        f"--label dxm_yqh {_GALLERY} --dry-run",
    ),
    "relabel": Command(
        f"{_COMMANDS}.edit",
        "give images, or a whole label, another label",
        f"dxm_yqh/01.webp --to dxm_amount {_GALLERY} --dry-run",
    ),
    "learn": Command(
        f"{_COMMANDS}.learn",
        "add corrected images, calibrate, and say what that changes",
        f"samples/corrections.jsonl {_GALLERY}",
    ),
    "calibrate": Command(
        f"{_COMMANDS}.calibrate",
        "learn the decision again and publish it as the next version",
        f"--others samples/queries/other --false-reject-rate 0.05 {_GALLERY}",
    ),
    "evaluate": Command(
        f"{_COMMANDS}.evaluate",
        "judge QUERIES/<label>/*, with `other` as the label of unknown screens",
        f"samples/queries {_GALLERY} --report build/report",
    ),
    "list": Command(
        f"{_COMMANDS}.look",
        "versions, and labels or images of one",
        f"{_GALLERY} --label dxm_yqh",
    ),
    "show": Command(
        f"{_COMMANDS}.look",
        "one image: text, metadata, what is like it",
        f"dxm_yqh/01.webp {_GALLERY}",
    ),
    "diff": Command(
        f"{_COMMANDS}.look",
        "what changed from one version to another",
        f"v000001 v000002 {_GALLERY}",
    ),
    "stats": Command(
        f"{_COMMANDS}.stats",
        "counts, duplicates across labels, outliers, labels too alike",
        f"{_GALLERY} --report build/report --images samples/gallery",
    ),
    "publish": Command(
        f"{_COMMANDS}.versions",
        "make a version live, once it is verified",
        f"v000001 {_GALLERY}",
    ),
    "rollback": Command(
        f"{_COMMANDS}.versions",
        "make the version that was live before live again",
        f"{_GALLERY} --dry-run",
    ),
    "gc": Command(
        f"{_COMMANDS}.versions",
        "delete old versions",
        f"--keep 3 {_GALLERY} --dry-run",
    ),
    "verify": Command(
        f"{_COMMANDS}.versions",
        "check versions whole: files, checksums, content",
        _GALLERY,
    ),
    "export": Command(
        f"{_COMMANDS}.export",
        "write a version to a folder, as plain files",
        f"--out build/exported {_GALLERY}",
    ),
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    return run(
        PROG,
        with_commands(PROG, __doc__, COMMANDS, extra="server"),
        argv,
        expected=(ClientError,),
        advice={
            GalleryBusy: "--wait-seconds S waits longer",
            KeyboardInterrupt: "what was published before is unchanged",
        },
    )


if __name__ == "__main__":
    sys.exit(main())

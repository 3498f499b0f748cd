"""`stats`: statistics of a gallery from its own images."""

import argparse
from pathlib import Path

from index_builder.arguments import add_report, add_root, add_version
from index_builder.calibration.taught import taught
from index_builder.inspect.contact_sheet import write_contact_sheet
from index_builder.inspect.stats import FEW, Stats, stats_of
from index_builder.say import plain
from vislex.cli import Commands
from vislex.screens.storage import open_gallery

_SHEET = "contact-sheet.html"
_SHOWN = 10  # findings of each kind on the screen; the page has more


def add_parsers(commands: Commands) -> None:
    stats = commands.add_parser("stats")
    add_version(stats)
    add_report(stats, _SHEET)
    stats.add_argument("--images", type=Path, metavar="DIR", help="the images, for the report")
    add_root(stats)
    stats.set_defaults(run=_stats)


def _stats(options: argparse.Namespace) -> None:
    gallery = open_gallery(options.gallery, None, options.gallery_version)
    stats = stats_of(gallery)
    _print(stats)
    print(f"taught: {taught(gallery) or 'nothing beyond the images'}")
    if options.report is not None:
        write_contact_sheet(options.report / _SHEET, gallery, stats, options.images)
        print(f"report: {options.report / _SHEET}")


def _print(stats: Stats) -> None:
    sizes = sorted(count for _, count in stats.counts)
    print(
        f"{stats.images} images of {len(sizes)} labels, {sizes[0]} to {sizes[-1]} a label, "
        f"median {sizes[len(sizes) // 2]}"
    )
    if stats.compared < stats.images:
        print(f"pairs and labels alike are looked for with {stats.compared} images")
    _some(f"labels of fewer than {FEW} images", stats.few)
    same = [
        f"{p.first} and {p.second}: {'the same file' if p.exact else f'cosine {p.cosine:.4f}'}"
        for p in stats.pairs
    ]
    _some("the same under two labels", same)
    _some(
        "labels whose images are nearest to another's",
        [f"{a.label}: {a.share:.0%} nearest to {a.other}" for a in stats.alike],
    )
    _some(
        "images unlike the rest of their label",
        [f"{o.id}: cosine {o.cosine:.2f}, usual {o.usual:.2f}" for o in stats.odd],
    )


def _some(what: str, findings: tuple[str, ...] | list[str]) -> None:
    print(f"{what}: {len(findings)}")
    for finding in findings[:_SHOWN]:
        print(f"  {plain(finding)}")

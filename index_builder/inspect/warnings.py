"""Warnings about labels that a gallery cannot tell well."""

from collections import defaultdict
from collections.abc import Set

from vislex.gallery.items import Items
from vislex.screens.gallery import Gallery

_SHOWN = 10  # of each kind; a gallery of 5,000 labels is not to fill the screen


def warnings_of(gallery: Gallery) -> list[str]:
    """A sentence for each label with too little to decide on; [] if there is none."""
    lexicon = gallery.lexicon
    if len(lexicon.labels) == 1:
        alone = [f"{lexicon.labels[0]} is the only label: nothing shows what sets it apart"]
    else:
        alone = []
    single = [
        f"{label} has one image: nothing shows how much its screens vary"
        for label, rows in zip(lexicon.labels, lexicon.rows_of, strict=True)
        if len(rows) == 1
    ]
    unread = [
        f"no text was read on any image of {label}: only the image can decide"
        for label, rows in zip(lexicon.labels, lexicon.rows_of, strict=True)
        if not lexicon.index.images.take(rows).values.size
    ]
    return alone + some(single) + some(unread) + some(_same(gallery)) + copies(gallery.items)


def copies(items: Items, touched: Set[str] | None = None) -> list[str]:
    """A sentence for each picture under two labels; with `touched`, for those ids alone."""
    first: dict[str, int] = {}
    warnings = []
    for row, digest in enumerate(items.digests):
        other = first.setdefault(digest, row) if digest else row
        if items.labels[other] != items.labels[row] and (
            touched is None or not touched.isdisjoint((items.ids[other], items.ids[row]))
        ):
            warnings.append(
                f"{items.ids[other]} and {items.ids[row]} are the same file under two labels"
            )
    return some(warnings)


def _same(gallery: Gallery) -> list[str]:
    """Labels with an image that shows exactly the words of one of another label."""
    lexicon = gallery.lexicon
    shown: defaultdict[frozenset[str], set[str]] = defaultdict(set)
    for label, rows in zip(lexicon.labels, lexicon.rows_of, strict=True):
        texts = {lexicon.text(row).terms for row in rows}
        for terms in texts - {frozenset()}:
            shown[terms].add(label)
    alike = {tuple(sorted(labels)) for labels in shown.values() if len(labels) > 1}
    return [
        f"images of {' and '.join(labels)} show the same words: text cannot tell them apart"
        for labels in sorted(alike)
    ]


def some(sentences: list[str]) -> list[str]:
    """The first of some sentences, and how many more there are."""
    more = len(sentences) - _SHOWN
    return sentences[:_SHOWN] + ([f"and {more} more like the last"] if more > 0 else [])

"""The findings of `stats` as one HTML file, with the images side by side."""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from index_builder.html.markup import Markup, markup
from index_builder.html.style import STYLE
from index_builder.html.thumbnails import thumbnail
from index_builder.inspect.stats import Stats
from index_builder.report.tables import TABLE, percent
from vislex.screens.gallery import Gallery

MAX_SHOWN = 60  # of each kind; a thumbnail takes 16 kB
A_LABEL = 6  # images shown of a label

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>vislex gallery</title><style>{style}{more}</style></head><body><main>
<h1>vislex gallery</h1><p>{version}: {images} images of {labels} labels</p>
<h2>The same under two labels</h2>{pairs}
<h2>Labels that look like another</h2>{alike}
<h2>Unlike the rest of their label</h2>{odd}
<h2>Labels</h2>{sheets}
</main></body></html>
"""

_MORE = """
.sheet { display: flex; flex-wrap: wrap; gap: 10px; margin: 8px 0 18px; }
.sheet figure { margin: 0; width: 150px; } .sheet img { width: 100%; border-radius: 6px; }
.sheet figcaption { font-size: 12px; color: var(--soft); line-height: 1.3; }
h3 { font-size: 15px; margin: 14px 0 4px; }
"""


def write_contact_sheet(out: Path, gallery: Gallery, stats: Stats, images: Path | None) -> None:
    """Writes `out`; thumbnails are of the files below `images`, ids alone where that is None."""

    @cache
    def shown(item_id: str) -> str | None:
        file = None if images is None else (images / item_id).resolve()
        inside = file is not None and images is not None and file.is_relative_to(images.resolve())
        return thumbnail(file) if file is not None and inside else None

    page = markup(
        _PAGE,
        style=Markup(STYLE),
        more=Markup(_MORE),
        version=gallery.version,
        images=stats.images,
        labels=len(stats.counts),
        pairs=_pairs(stats, shown),
        alike=_alike(stats),
        odd=_odd(stats, shown),
        sheets=_sheets(gallery, shown),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")


Shown = Callable[[str], str | None]


def _pairs(stats: Stats, shown: Shown) -> Markup:
    if not stats.pairs:
        return _nothing()
    return Markup.join_all(
        _figures(
            [
                (entry.first, "the same file" if entry.exact else f"cosine {entry.cosine:.4f}"),
                (entry.second, ""),
            ],
            shown,
        )
        for entry in stats.pairs[:MAX_SHOWN]
    )


def _alike(stats: Stats) -> Markup:
    if not stats.alike:
        return _nothing()
    rows = Markup.join_all(
        markup(
            "<tr><th>{label}</th><td>{other}</td><td>{share}</td></tr>",
            label=entry.label,
            other=entry.other,
            share=percent(entry.share),
        )
        for entry in stats.alike
    )
    heading = Markup("<th>Label</th><th>Nearest to</th><th>Of its images</th>")
    return markup(TABLE, head=heading, rows=rows)


def _odd(stats: Stats, shown: Shown) -> Markup:
    if not stats.odd:
        return _nothing()
    return _figures(
        [(entry.id, f"cosine {entry.cosine:.2f}, usual {entry.usual:.2f}") for entry in stats.odd],
        shown,
    )


def _sheets(gallery: Gallery, shown: Shown) -> Markup:
    pairs = list(zip(gallery.labels, gallery.lexicon.rows_of, strict=True))
    return Markup.join_all(
        markup(
            "<h3>{label} <span class='soft'>{count}</span></h3>{figures}",
            label=label,
            count=len(rows),
            figures=_figures([(gallery.items.ids[row], "") for row in rows[:A_LABEL]], shown),
        )
        for label, rows in pairs[:MAX_SHOWN]
    )


def _figures(images: Iterable[tuple[str, str]], shown: Shown) -> Markup:
    figures = Markup.join_all(
        markup(
            "<figure>{image}<figcaption>{id}<br>{note}</figcaption></figure>",
            image=_image(shown(item_id)),
            id=item_id,
            note=note,
        )
        for item_id, note in list(images)[:MAX_SHOWN]
    )
    return markup('<div class="sheet">{figures}</div>', figures=figures)


def _image(uri: str | None) -> Markup:
    return Markup() if uri is None else markup('<img src="{uri}" alt="">', uri=uri)


def _nothing() -> Markup:
    return Markup('<p class="soft">None.</p>')

"""The part of a gallery that a report shows: its labels, its words and its images."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index_builder.report.differences import terms_in
from vislex.screens.gallery import Gallery


@dataclass(frozen=True)
class GalleryView:
    """`images` is the folder the image ids are relative to, None where it is not at hand."""

    labels: Sequence[str]
    images: Path | None = None
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by image id
    terms: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by label, see differences

    def image_of(self, item_id: str) -> Path | None:
        """The file of a gallery image; None where there is none below `images`."""
        if self.images is None:
            return None
        file = (self.images / item_id).resolve()
        inside = file.is_relative_to(self.images.resolve())  # an id may come from a server
        return file if inside else None


def view_of(gallery: Gallery, images: Path | None) -> GalleryView:
    """The view of an open gallery."""
    terms = defaultdict[str, set[str]](set)
    for item in gallery.items:
        terms[item.label] |= terms_in(line.text for line in item.lines)
    return GalleryView(
        gallery.labels,
        images,
        {item.id: tuple(line.text for line in item.lines) for item in gallery.items},
        {label: frozenset(shown) for label, shown in terms.items()},
    )

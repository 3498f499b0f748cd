"""Images that a build brings back: an earlier version had them, the live one had not."""

import re
from pathlib import Path

from index_builder.say import counted, few
from vislex.gallery.items import Items
from vislex.gallery.store import ITEMS
from vislex.gallery.versions import published_before

_SHA256 = re.compile(rb'"sha256":"([0-9a-f]{64})"')


def returned(root: Path, live: Items, new: Items, others: Items) -> list[str]:
    """A sentence that names them, as after `remove` of an image that is still among IMAGES.

    Images are compared by their content: a new name is no return. Neither is an image that was
    known to be `other`. Without a live version nothing returns.
    """
    if not len(live):
        return []
    had = {*live.digests, *others.digests}
    added = {sha: i for i, sha in zip(new.ids, new.digests, strict=True) if sha not in had}
    back: dict[str, str] = {}
    for version in published_before(root):
        if not added:
            break
        before = added.keys() & _digests(root / version / ITEMS)
        back |= {sha: added.pop(sha) for sha in sorted(before)}
    if not back:
        return []
    images = counted(len(back), "image is", "images are")
    what = "that the version before did not have and an older one had"
    return [f"{images} back {what}: {few(sorted(back.values()))}; `remove` undoes that"]


def _digests(path: Path) -> set[str]:
    """The SHA-256 of a version's images, by its rows as they stand: for a note that is enough."""
    try:
        return {sha.decode() for sha in _SHA256.findall(path.read_bytes())}
    except OSError:
        return set()

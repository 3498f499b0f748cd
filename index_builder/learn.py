"""Learning from feedback: wrong answers, with the right label, become images of the gallery.

Images of `other` are not added: the gallery keeps them as what it knows to be `other`, and the
decision is learned with them. A picture is known by its content: one that the gallery has already,
under whatever id, is relabelled, or taken out where it is `other`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np

from index_builder.calibration.calibrate import calibrate
from index_builder.edit import joined_with, keep_rows, relabel_images
from index_builder.evaluation.leave_out import LeaveClassOut, leave_class_out
from index_builder.ingest.feedback import Correction, Feedback, by_content
from index_builder.ingest.images import SUFFIXES
from index_builder.ingest.learned import is_learned, learned_id
from index_builder.ingest.observe import Seen, observe_sources
from index_builder.ingest.sources import Source
from vislex.errors import InvalidInput
from vislex.gallery.labels import OTHER
from vislex.images.observe import Models
from vislex.rows import LeftOut, Remarks
from vislex.screens.gallery import Gallery
from vislex.screens.options import DEFAULT_OPTIONS

_FIGURES = (
    ("right label", "closed_set_accuracy"),
    ("right with `other`", "open_set_accuracy"),
    ("AUROC of `other`", "auroc"),
    ("`other` rejected at 98 % kept", "rejected_at_98_known_kept"),
)
_DIGITS = 4  # of a figure, as it is printed and compared


@dataclass(frozen=True)
class Learned:
    """The gallery with the corrections, calibrated, and what the gallery says of itself."""

    gallery: Gallery
    added: int
    relabelled: int
    others: int  # images learned to be `other`
    removed: int  # images of the gallery that are `other`, or there twice
    as_before: int  # corrections that the gallery had already
    before: LeaveClassOut
    after: LeaveClassOut

    @property
    def changed(self) -> bool:
        return bool(self.added or self.relabelled or self.others or self.removed)


def learn(
    gallery: Gallery, feedback: Sequence[Feedback], models: Models, remarks: Remarks
) -> Learned:
    """Adds and relabels what was corrected, and calibrates anew, known `other` images included.

    `remarks` get what cannot be used. Raises InvalidInput where that is all of it.
    """
    before = leave_class_out(gallery, DEFAULT_OPTIONS)
    corrections = by_content(feedback, gallery.items, remarks)
    images = set(gallery.items.digests)
    seen = observe_sources(_to_see(corrections, images, gallery), models)
    for image in seen.unreadable:
        where = corrections[image.sha256].where if image.sha256 in corrections else image.id
        remarks.left_out.append(LeftOut(f"{where}, column image", image.reason))
    unread = {image.sha256 for image in seen.unreadable}
    corrections = {key: value for key, value in corrections.items() if key not in unread}
    if not corrections:
        raise InvalidInput(f"no correction can be used; the first, {remarks.left_out[0]}")
    right = {key: correction.label for key, correction in corrections.items()}
    moved, relabelled = _relabelled(gallery, right)
    fewer = _without_strangers_and_copies(moved, right)
    changed, added, others = _with_seen(fewer, seen)
    removed = len(moved.items) - len(fewer.items)
    changed = replace(changed, calibration=calibrate(changed))
    after = leave_class_out(changed, DEFAULT_OPTIONS)
    as_before = len(corrections) - added - others - relabelled
    return Learned(changed, added, relabelled, others, removed, as_before, before, after)


def figures_of(learned: Learned) -> str:
    """Each figure before and after, a line each."""
    rows = [f"{'leave-one-out':<32}{'before':>8}{'after':>8}{'change':>9}"]
    for name, field in _FIGURES:
        a, b = (getattr(result, field) for result in (learned.before, learned.after))
        shown = "".join(f"{'-':>8}" if value is None else f"{value:>8.4f}" for value in (a, b))
        change = "" if a is None or b is None else f"{b - a:>+9.4f}"
        rows.append(f"{name:<32}{shown}{change}")
    return "\n".join(rows)


def falls(learned: Learned) -> list[str]:
    """Each figure that fell, or can no longer be told, in words."""
    fallen = []
    for name, field in _FIGURES:
        a, b = (getattr(result, field) for result in (learned.before, learned.after))
        if a is not None and (b is None or round(b, _DIGITS) < round(a, _DIGITS)):
            now = "no longer told" if b is None else f"{b:.{_DIGITS}f}"
            fallen.append(f"{name} {a:.{_DIGITS}f} -> {now}")
    return fallen


def _to_see(
    corrections: Mapping[str, Correction], images: set[str], gallery: Gallery
) -> list[Source]:
    """The corrected pictures that are not yet where they belong."""
    others = set(gallery.others.items.digests)
    sources = []
    for digest, correction in corrections.items():
        there = digest in (others if correction.label == OTHER else images)
        if correction.location is not None and not there:
            suffix = PurePath(correction.location).suffix.lower()
            item_id = learned_id(digest, suffix if suffix in SUFFIXES else "")
            answer = {"answer": correction.answer} if correction.answer else {}
            sources.append(Source(item_id, correction.label, correction.location, answer))
    return sources


def _relabelled(gallery: Gallery, right: Mapping[str, str]) -> tuple[Gallery, int]:
    """The gallery with the right labels, and how many pictures had another."""
    ids, pictures = {}, set()
    for item_id, label, digest in zip(
        gallery.items.ids, gallery.items.labels, gallery.items.digests, strict=True
    ):
        key = digest or f"id:{item_id}"
        if right.get(key, OTHER) not in (OTHER, label):
            ids[item_id] = right[key]
            pictures.add(key)
    return (relabel_images(gallery, ids, {}) if ids else gallery), len(pictures)


def _without_strangers_and_copies(gallery: Gallery, right: Mapping[str, str]) -> Gallery:
    """Without pictures that are `other`, and without what was learned of others a second time."""
    seen: set[str] = set()
    kept = []
    items = list(zip(gallery.items.ids, gallery.items.digests, strict=True))
    for row in sorted(range(len(items)), key=lambda row: is_learned(*items[row])):
        item_id, digest = items[row]
        again = digest in seen and digest in right and is_learned(item_id, digest)
        if right.get(digest) != OTHER and not again:
            kept.append(row)
        seen.add(digest)
    if not kept:
        raise InvalidInput("every image of the gallery would be `other`; at least one must stay")
    return keep_rows(gallery, np.array(sorted(kept), np.int64))


def _with_seen(gallery: Gallery, seen: Seen) -> tuple[Gallery, int, int]:
    """The gallery with what was embedded and read, and how many of it are images and others."""
    labels = np.array(seen.items.labels, object)
    own, strange = np.flatnonzero(labels != OTHER), np.flatnonzero(labels == OTHER)
    if len(own):
        gallery = joined_with(gallery, seen.items.take(own), seen.vectors[own])
    if len(strange):
        others = gallery.others.joined(seen.items.take(strange), seen.vectors[strange])
        gallery = replace(gallery, others=others)
    return gallery, len(own), len(strange)

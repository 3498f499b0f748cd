"""Learning from feedback: wrong answers, with the right label, become images of the gallery.

A feedback file has one JSON object a line: `label`, the right one (or `other`), with `image`, a
path relative to the file, or `id`, of a gallery image that has the wrong label; `answer`, what
was answered, is kept as metadata. Images of `other` teach the decision and are not added.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index_builder.calibration.calibrate import calibrate
from index_builder.calibration.recalibrate import observe
from index_builder.edit import add_images, relabel_images
from index_builder.evaluation.judged import OTHER
from index_builder.evaluation.leave_out import LeaveClassOut, leave_class_out
from index_builder.ingest.pipeline import Models
from index_builder.ingest.work import work_of
from vislex.errors import InvalidInput
from vislex.screens.gallery import Gallery
from vislex.screens.options import DEFAULT_OPTIONS

_FIGURES = (
    ("right label", "closed_set_accuracy"), ("right with `other`", "open_set_accuracy"),
    ("AUROC of `other`", "auroc"), ("`other` rejected at 98 % kept", "rejected_at_98_known_kept"),
)  # fmt: skip


@dataclass(frozen=True)
class Feedback:
    """One correction: of an image file, or of a gallery image by its id."""

    label: str
    answer: str
    image: Path | None
    id: str | None


@dataclass(frozen=True)
class Learned:
    """The gallery with the corrections, calibrated, and what the gallery says of itself."""

    gallery: Gallery
    added: int
    relabelled: int
    others: int
    before: LeaveClassOut
    after: LeaveClassOut


def read_feedback(path: Path) -> list[Feedback]:
    """Raises InvalidInput for a line that is no correction, naming it."""
    found = list(_read(path))
    if not found:
        raise InvalidInput(f"{path} holds no feedback; expected one JSON object a line")
    return found


def learn(gallery: Gallery, root: Path, feedback: Sequence[Feedback], models: Models) -> Learned:
    """Adds and relabels what was corrected, and calibrates anew, known `other` images included.

    Raises InvalidInput for an image that cannot be read and an id that the gallery does not have.
    """
    before = leave_class_out(gallery, DEFAULT_OPTIONS)
    ids = {one.id: one.label for one in feedback if one.id is not None}
    changed = relabel_images(gallery, ids, {}) if ids else gallery
    images = [one for one in feedback if one.image is not None and one.label != OTHER]
    if images:
        manifest = work_of(root, "learn") / "images.jsonl"
        manifest.parent.mkdir(parents=True, exist_ok=True)
        manifest.write_text("".join(map(_row, images)), encoding="utf-8")
        changed, unreadable = add_images(changed, root, manifest, models)
        if unreadable:
            raise InvalidInput(f"{unreadable[0].id}: {unreadable[0].reason}")
        manifest.unlink()
    files = [one.image for one in feedback if one.image is not None and one.label == OTHER]
    others = list(observe(files, models.infer, models.characters)) if files else []
    rate = gallery.calibration.false_reject_rate
    changed = replace(changed, calibration=calibrate(changed, others, rate))
    after = leave_class_out(changed, DEFAULT_OPTIONS)
    return Learned(changed, len(images), len(ids), len(others), before, after)


def figures_of(learned: Learned) -> str:
    """Each figure before and after, a line each."""
    rows = [f"{'leave-one-out':<32}{'before':>8}{'after':>8}{'change':>9}"]
    for name, field in _FIGURES:
        a, b = getattr(learned.before, field), getattr(learned.after, field)
        if a is None or b is None:
            rows.append(f"{name:<32}{'-':>8}{'-':>8}")
        else:
            rows.append(f"{name:<32}{a:>8.4f}{b:>8.4f}{b - a:>+9.4f}")
    return "\n".join(rows)


def _read(path: Path) -> Iterator[Feedback]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            label, image, item_id = row["label"], row.get("image"), row.get("id")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(f"{path} line {number} is no feedback: {error!r}") from None
        if not isinstance(label, str) or not label or (image is None) == (item_id is None):
            raise InvalidInput(f"{path} line {number}: expected a label, and an image or an id")
        if item_id is not None and label == OTHER:
            raise InvalidInput(f"{path} line {number}: `remove` takes an image out of a gallery")
        file = None if image is None else path.parent / image
        yield Feedback(label, str(row.get("answer", "")), file, item_id)


def _row(one: Feedback) -> str:
    """A row of the manifest to add; the id is of the content, so that learning twice adds once."""
    assert one.image is not None
    digest = hashlib.sha256(one.image.read_bytes()).hexdigest()
    values = {
        "path": str(one.image.absolute()), "label": one.label, "answer": one.answer,
        "id": f"{one.label}/learned-{digest[:16]}{one.image.suffix}",
    }  # fmt: skip
    return json.dumps(values, ensure_ascii=False) + "\n"

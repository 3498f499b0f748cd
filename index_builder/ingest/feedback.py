"""Corrected answers as they are handed in: a file of rows, and which picture each speaks of.

Each row has `label`, the right one (or `other`), with `image`, a path relative to the file or a
URL, or `id`, of a gallery image that has the wrong label; `answer` is what was answered.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from index_builder.ingest.sources import location_of, read_bytes
from vislex.errors import InvalidInput
from vislex.gallery.items import Items
from vislex.gallery.labels import OTHER
from vislex.rows import SUFFIXES, Column, LeftOut, Remarks, label, read_rows, text


@dataclass(frozen=True)
class Feedback:
    """One correction: of an image file, or of a gallery image by its id."""

    label: str
    answer: str
    image: str | None  # a path or a URL
    id: str | None
    where: str = ""  # file and line


@dataclass(frozen=True)
class Correction:
    """What is right of one picture, which is known by its content wherever it lies."""

    label: str
    answer: str
    where: str
    location: str | None  # None where it is given by the id of a gallery image alone


def read_feedback(path: Path, remarks: Remarks) -> list[Feedback]:
    """The corrections of a file of rows; of JSON lines, where its suffix tells no kind.

    `remarks` get the rows that are none. Raises InvalidInput where all are.
    """
    kind = None if path.suffix.lower() in SUFFIXES else ".jsonl"
    feedback = []
    for row in read_rows(path, _COLUMNS, remarks, kind):
        image, item_id = row.values.get("image"), row.values.get("id")
        if (image is None) == (item_id is None):
            both = "both" if image else "neither"
            reason = f"{both} of image and id; expected a label, and an image or an id"
            remarks.left_out.append(LeftOut(row.where, reason))
        elif item_id is not None and row.values["label"] == OTHER:
            reason = f"`remove {quote(item_id)}` takes an image out of a gallery"
            remarks.left_out.append(LeftOut(f"{row.where}, column label", reason))
        else:
            location = None if image is None else location_of(path, image)
            answer = row.values.get("answer", "")
            feedback.append(Feedback(row.values["label"], answer, location, item_id, row.where))
    if not feedback:
        raise InvalidInput(
            f"{path} holds no feedback that can be used; the first, {remarks.left_out[0]}"
        )
    return feedback


def by_content(
    feedback: Sequence[Feedback], items: Items, remarks: Remarks
) -> Mapping[str, Correction]:
    """The corrections by what they are of: the SHA-256 of the picture.

    A gallery image whose content nobody kept (before schema 3) goes by `id:` and its id. Of a
    picture that comes several times the last correction counts. `remarks` get what it overrules,
    and what cannot be read or is not in the gallery.
    """
    digests = dict(zip(items.ids, items.digests, strict=True))
    corrections: dict[str, Correction] = {}
    for row in feedback:
        if row.image is not None:
            try:
                key = hashlib.sha256(read_bytes(row.image)).hexdigest()
            except (OSError, InvalidInput) as error:
                why = error.strerror if isinstance(error, OSError) else None
                reason = f"{row.image} cannot be read: {why or error}"
                remarks.left_out.append(LeftOut(f"{row.where}, column image", reason))
                continue
        elif row.id is not None and row.id in digests:
            key = digests[row.id] or f"id:{row.id}"
        else:
            reason = f"the gallery has no {row.id}"
            remarks.left_out.append(LeftOut(f"{row.where}, column id", reason))
            continue
        last = corrections.pop(key, None)
        if last is not None and last.label != row.label:
            remarks.notes.append(
                f"{last.where} says {last.label!r} and {row.where} says {row.label!r} of the same "
                "picture; the last counts"
            )
        location = row.image if last is None else row.image or last.location
        corrections[key] = Correction(row.label, row.answer, row.where, location)
    return corrections


def _label_or_other(value: Any) -> str:
    return OTHER if text(value) == OTHER else label(value)


_COLUMNS = (
    Column("label", _label_or_other),
    Column("image", text, required=False),
    Column("id", text, required=False),
    Column("answer", str, required=False),
)

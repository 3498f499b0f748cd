"""Results as the command line prints them: rows of a table, and fields of a line of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from vislex_client.errors import VislexError
from vislex_client.results import Classification, Galleries, Health, Line, Lines

Rows = list[tuple[str, ...]]

CLASSIFY = ("FILE", "LABEL", "DECISION", "CONFIDENCE", "REASON")
EMBED = ("FILE", "DIM", "EMBEDDING")
READ = ("FILE", "X", "Y", "SCORE", "TEXT")
GALLERY = ("GALLERY", "VERSION", "STATE", "IMAGES", "LABELS", "SINCE", "REASON")

_UNREAD = "(some text could not be read)"
_FIRST = 4  # numbers of an embedding that a table shows


def rows(file: str, result: Any) -> Rows:
    """What a file's result says, one row or, for lines of text, one for each."""
    if isinstance(result, Classification):
        confidence = f"{result.confidence:.3f}"
        partial = "; some text could not be read" if result.reading == "partial" else ""
        return [(file, result.label, result.decision, confidence, result.reason + partial)]
    if isinstance(result, Lines):
        unread = [(file, "", "", "", _UNREAD)] if result.reading == "partial" else []
        return [_line(file, line) for line in result] + unread or [(file, "", "", "", "(no text)")]
    first = " ".join(f"{value:.4f}" for value in result[:_FIRST])
    return [(file, str(len(result)), f"{first} ...")]


def json_line(file: str, result: Any) -> str:
    """A file's result, or the error it ended with, as one line of JSON."""
    if isinstance(result, VislexError):
        fields: dict[str, Any] = {"error": type(result).__name__, "message": str(result)}
    elif hasattr(result, "as_dict"):
        fields = result.as_dict()
    elif isinstance(result, Lines):
        fields = {"lines": [asdict(line) for line in result], "reading": result.reading}
    else:  # by way of str, the shortest decimal that names the same float32
        fields = {"embedding": [float(str(value)) for value in result]}
    return json.dumps({"file": file, **fields}, ensure_ascii=False)


def health_rows(health: Health) -> Rows:
    """Name and value of each thing a server says of itself."""
    fields = {**health.as_dict(), "model_versions": ", ".join(health.model_versions) or "none"}
    return [(name, str(value)) for name, value in fields.items()]


def gallery_rows(said: Galleries) -> Rows:
    """Every version of every gallery: the one that answers, those kept, the one refused."""
    found: Rows = [GALLERY]
    for gallery in said.galleries:
        name = f"{gallery.name} (default)" if gallery.name == said.default else gallery.name
        for one in gallery.loaded:
            state = "live" if one.version == gallery.version else "kept"
            counts = (str(one.images), str(one.labels))
            found.append((name, one.version, state, *counts, one.loaded_at, ""))
        if gallery.refused is not None:
            bad = gallery.refused
            found.append((name, bad.version, "refused", "", "", bad.at, bad.reason))
    return found


def _line(file: str, line: Line) -> tuple[str, ...]:
    x, y = line.quad[0]
    return (file, f"{x:.0f}", f"{y:.0f}", f"{line.score:.3f}", line.text)

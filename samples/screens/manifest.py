"""The list of what was drawn, written beside the images."""

from __future__ import annotations

import json
from pathlib import Path

import PIL

from samples.screens.plan import Job

SCHEMA = 1
FILE = "manifest.json"


def entry(job: Job, text: list[str]) -> dict[str, object]:
    """`text`: the strings visible on the screen, in reading order."""
    return {
        "path": job.path,
        "label": job.label,
        "split": job.split,
        "size": [job.phone.width, job.phone.height],
        "font": job.face.family,
        "format": job.format,
        "quality": job.quality,
        "seed": job.seed,
        "imitates": job.imitates,
        "unrelated": job.unrelated,
        "text": text,
    }


def remove_listed(out: Path) -> None:
    """Removes the images an earlier run listed in `out`, and nothing else."""
    path = out / FILE
    if path.exists():
        for row in json.loads(path.read_text(encoding="utf-8"))["images"]:
            (out / row["path"]).unlink(missing_ok=True)


def write(out: Path, seed: int, style: str, entries: list[dict[str, object]]) -> None:
    """One image a line, so that a change shows as a change of its lines."""
    head = {"schema": SCHEMA, "seed": seed, "style": style, "pillow": PIL.__version__}
    rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in entries)
    start = json.dumps(head, ensure_ascii=False)[:-1]
    (out / FILE).write_text(f'{start}, "images": [\n{rows}\n]}}\n', encoding="utf-8")

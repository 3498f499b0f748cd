"""Where labelled images come from: a folder per label, or a manifest of paths and URLs.

A manifest is a file of rows (see `vislex.rows`). Each row has `path` (a path, relative to the
manifest, or a URL that fsspec opens) and `label`; `id` is the path unless it is given, and every
other column is kept as the image's metadata.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index_builder.ingest.images import find_images
from vislex.errors import InvalidInput
from vislex.rows import SUFFIXES, Column, Remarks, Row, label, read_rows, text
from vislex.rows.optional import optional

_COLUMNS = (Column("path", text), Column("label", label), Column("id", text, required=False))


@dataclass(frozen=True)
class Source:
    """An image to build from; `location` is a path or a URL."""

    id: str
    label: str
    location: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


def read_sources(given: Path, remarks: Remarks | None = None) -> Iterator[Source]:
    """Every image of a folder or manifest, one by one, in an order that is always the same.

    `remarks` get what is left out: a row that cannot be used, a file that is no image by its name.
    Raises InvalidInput for what is neither folder nor manifest, one of which nothing can be used,
    and an id that comes twice.
    """
    remarks = Remarks() if remarks is None else remarks
    if given.is_dir() or not given.suffix:
        images = find_images(given, remarks)
        return (Source(image.id, image.label, str(image.path)) for image in images)
    if given.suffix.lower() not in SUFFIXES:
        raise InvalidInput(f"{given} is neither a folder nor a manifest ({', '.join(SUFFIXES)})")
    return _checked(given, read_rows(given, _COLUMNS, remarks))


def location_of(file: Path, path: str) -> str:
    """Where an image is that a file of rows names: a URL, or a path relative to the file."""
    return path if "://" in path else str(file.parent / path)


def read_bytes(location: str) -> bytes:
    """The content of a path or URL.

    Raises OSError where that cannot be had, InvalidInput where no URL of its kind can be opened.
    """
    if "://" not in location:
        return Path(location).read_bytes()
    fsspec = optional("fsspec")
    try:
        system, path = fsspec.core.url_to_fs(location)
    except (ImportError, ValueError) as error:  # a package of its own is missing, or it is unknown
        raise InvalidInput(f"{location} cannot be opened: {error}") from None
    try:
        content: bytes = system.cat_file(path)
    except FileNotFoundError:
        raise FileNotFoundError(f"{location} is not there") from None
    except OSError:
        raise
    except Exception as error:  # every kind of file system has its own
        raise OSError(f"{location}: {error}") from error
    return content


def digest_of_listing(sources: Iterable[Source]) -> tuple[str, int]:
    """SHA-256 of what is to be built, and how many images: not their content, but size and time.

    By it a build that was interrupted knows its own work again without reading the images twice.
    """
    digest, count = hashlib.sha256(), 0
    for image in sources:
        count += 1
        values = [
            image.id,
            image.label,
            image.location,
            _state(image.location),
            dict(image.metadata),
        ]
        digest.update(json.dumps(values, sort_keys=True, default=str).encode() + b"\n")
    return digest.hexdigest(), count


def _state(location: str) -> list[int]:
    """Size and time of change of a local file; [] for a URL, and for a file that is not there."""
    try:
        stat = None if "://" in location else Path(location).stat()
    except OSError:
        return []
    return [] if stat is None else [stat.st_size, stat.st_mtime_ns]


def _checked(manifest: Path, rows: Iterable[Row]) -> Iterator[Source]:
    seen: set[int] = set()  # hashes, so that ten million ids take half a gigabyte and not two
    for row in rows:
        path = row.values["path"]
        item_id = row.values.get("id", path)
        if hash(item_id) in seen:
            raise InvalidInput(f"{row.where}: the id {item_id!r} comes twice; expected it once")
        seen.add(hash(item_id))
        metadata = {name: _plain(value) for name, value in row.rest.items()}
        yield Source(
            item_id,
            row.values["label"],
            location_of(manifest, path),
            {name: value for name, value in metadata.items() if value not in (None, "")},
        )


def _plain(value: Any) -> Any:
    """What JSON can hold: a Parquet column may be dates, or lists."""
    finite = not isinstance(value, float) or math.isfinite(value)
    return value if finite and isinstance(value, str | int | float | None) else str(value)

"""Where labelled images come from: a folder per label, or a manifest of paths and URLs.

A manifest is a `.csv` with a header, a `.jsonl` or a `.parquet` file. Each row has `path` (a path,
relative to the manifest, or a URL that fsspec opens) and `label`; `id` is the path unless it is
given, and every other column is kept as the image's metadata.
"""

import csv
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from index_builder.ingest.images import find_images
from vislex.errors import InvalidInput

_NEEDED = ("path", "label")


@dataclass(frozen=True)
class Source:
    """An image to build from; `location` is a path or a URL."""

    id: str
    label: str
    location: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


def read_sources(given: Path) -> Iterator[Source]:
    """Every image of a folder or manifest, one by one, in an order that is always the same.

    Raises InvalidInput for what is neither, a row without path or label, or an id that comes twice.
    """
    if given.is_dir() or not given.suffix:
        found = (Source(one.id, one.label, str(one.path)) for one in find_images(given))
        return iter(found)
    if given.suffix not in _READERS:
        raise InvalidInput(
            f"{given} is neither a folder nor a manifest ({', '.join(sorted(_READERS))})"
        )
    if not given.is_file():
        raise InvalidInput(f"there is no manifest {given}")
    return _checked(given, _READERS[given.suffix](given))


def read_bytes(location: str) -> bytes:
    """The content of a path or URL.

    Raises OSError where that cannot be had, InvalidInput where no URL of its kind can be opened.
    """
    if "://" not in location:
        return Path(location).read_bytes()
    fsspec = _optional("fsspec")
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
    for one in sources:
        count += 1
        values = [one.id, one.label, one.location, _state(one.location), dict(one.metadata)]
        digest.update(json.dumps(values, sort_keys=True, default=str).encode() + b"\n")
    return digest.hexdigest(), count


def _state(location: str) -> list[int]:
    """Size and time of change of a local file; [] for a URL, and for a file that is not there."""
    try:
        stat = None if "://" in location else Path(location).stat()
    except OSError:
        return []
    return [] if stat is None else [stat.st_size, stat.st_mtime_ns]


def _checked(manifest: Path, rows: Iterable[Mapping[str, Any]]) -> Iterator[Source]:
    seen: set[int] = set()  # hashes, so that ten million ids take half a gigabyte and not two
    for number, row in enumerate(rows, start=1):
        missing = [name for name in _NEEDED if not row.get(name)]
        if missing:
            raise InvalidInput(f"{manifest} row {number} has no {' and no '.join(missing)}")
        path, label = str(row["path"]), str(row["label"])
        item_id = str(row.get("id") or path)
        if hash(item_id) in seen:
            raise InvalidInput(f"{manifest} row {number}: the id {item_id!r} comes twice")
        seen.add(hash(item_id))
        location = path if "://" in path else str(manifest.parent / path)
        rest = {k: _plain(v) for k, v in row.items() if k not in ("id", *_NEEDED)}
        yield Source(
            item_id, label, location, {k: v for k, v in rest.items() if v not in (None, "")}
        )
    if not seen:
        raise InvalidInput(f"{manifest} lists no image; expected rows of path and label")


def _plain(value: Any) -> Any:
    """What JSON can hold: a Parquet column may be dates, or lists."""
    finite = not isinstance(value, float) or math.isfinite(value)
    return value if finite and isinstance(value, str | int | float | None) else str(value)


def _csv(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _jsonl(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise InvalidInput(f"{path} line {number} is no JSON: {error}") from None
            if not isinstance(row, dict):
                raise InvalidInput(f"{path} line {number} is {line.strip()[:40]}; expected {{...}}")
            yield row


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    for batch in _optional("pyarrow.parquet").ParquetFile(path).iter_batches():
        yield from batch.to_pylist()


_READERS: Mapping[str, Callable[[Path], Iterator[Mapping[str, Any]]]] = {
    ".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet,
}  # fmt: skip


def _optional(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise InvalidInput(
            f"this needs {module} ({error}): pip install 'vislex[manifests]'"
        ) from None

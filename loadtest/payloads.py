"""Image files to send: from a folder, in a fixed random order, broken ones mixed in if wanted."""

import io
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from vislex.errors import RepositoryError

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}


@dataclass(frozen=True)
class Payload:
    """One encoded image file; a broken one must be refused and must not be answered."""

    name: str
    data: bytes
    broken: bool = False


def read_folder(folder: Path, limit: int | None = None) -> list[Payload]:
    """The image files below `folder`, at most `limit` of them, evenly spread over their paths.

    Raises RepositoryError where there are none.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise RepositoryError(f"{folder} has no image files ({', '.join(sorted(SUFFIXES))})")
    count = min(limit or len(paths), len(paths))
    chosen = [paths[i * len(paths) // count] for i in range(count)]
    return [Payload(str(path.relative_to(folder)), path.read_bytes()) for path in chosen]


def break_image(whole: Payload, kind: int) -> Payload:
    """What clients send by mistake, and only a server can tell: torn files, an error page."""
    size = len(whole.data)
    data = (whole.data[:24], whole.data[: size // 3], b"<html>502 Bad Gateway</html>")[kind % 3]
    return Payload(f"broken {whole.name}", data, broken=True)


def endless(payloads: list[Payload], seed: int, broken_share: float = 0.0) -> Iterator[Payload]:
    """Payloads drawn at random, for ever; `broken_share` (0..1) of them broken."""
    draw = random.Random(seed)
    while True:
        payload = draw.choice(payloads)
        broken = draw.random() < broken_share
        yield break_image(payload, draw.randrange(3)) if broken else payload


def mixed_sizes(payloads: list[Payload], count: int, seed: int) -> list[Payload]:
    """`count` pieces of the images, cut and scaled to random sides of 64 to 2400 px, as JPEG."""
    draw = random.Random(seed)
    return [_piece(draw.choice(payloads), draw) for _ in range(count)]


def _piece(whole: Payload, draw: random.Random) -> Payload:
    width, height = (round(math.exp(draw.uniform(math.log(64), math.log(2400)))) for _ in range(2))
    with Image.open(io.BytesIO(whole.data)) as image:
        cut = ImageOps.fit(image.convert("RGB"), (width, height))
    out = io.BytesIO()
    cut.save(out, "JPEG", quality=85)
    return Payload(f"{whole.name} {width} x {height}", out.getvalue())

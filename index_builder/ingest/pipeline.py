"""Reader -> mapper -> writer: images in, finished chunks out, with bounded memory.

The list of images is cut into chunks of a fixed size by position, and a chunk is always embedded
and read as one batch, so that a build that was resumed, or spread over shards, gives the very
bytes of one that was not.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from tqdm import tqdm

from index_builder.ingest.journal import Chunk, Journal, Unreadable
from index_builder.ingest.sources import Source, read_bytes
from vislex.config import usable_cores
from vislex.errors import InvalidImage, ModelFailed
from vislex.gallery.items import Item
from vislex.images.observe import Models, observe_prepared
from vislex.images.prepare import Prepared, prepare

BATCH = 8  # images embedded and read together; more gains nothing on a CPU
WORKERS = min(32, usable_cores())  # chunks in work at once
_WAITING = 2  # chunks a worker may be ahead of the writer


@dataclass(frozen=True)
class Shard:
    """Every `of`-th chunk of a build, from `number` on."""

    number: int = 0
    of: int = 1

    def holds(self, chunk: int) -> bool:
        return chunk % self.of == self.number


def chunked(sources: Iterable[Source]) -> Iterator[tuple[int, list[Source]]]:
    """Neighbouring images, BATCH of them, with the chunk's number."""
    rest = iter(sources)
    number = 0
    while chunk := list(islice(rest, BATCH)):
        yield number, chunk
        number += 1


def run_pipeline(
    sources: Iterable[Source],
    count: int,
    journal: Journal,
    models: Models,
    shard: Shard = Shard(),
    workers: int = WORKERS,
) -> None:
    """Does every chunk of a shard that is not in the journal yet, and writes it there.

    Raises ModelFailed where a model fails; what was finished before stays in the journal.
    """
    with (
        ThreadPoolExecutor(workers) as pool,
        tqdm(total=count, unit="image", desc="building") as progress,
    ):
        waiting: deque[tuple[int, Future[Chunk]]] = deque()
        try:
            for number, chunk in chunked(sources):
                if not shard.holds(number) or number in journal:
                    progress.update(len(chunk))
                    progress.initial += len(chunk)  # so that the rate is that of the work itself
                    continue
                waiting.append((len(chunk), pool.submit(process, number, chunk, models)))
                if len(waiting) >= workers + _WAITING:
                    _write(waiting.popleft(), journal, progress)
            while waiting:
                _write(waiting.popleft(), journal, progress)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def process(number: int, sources: Sequence[Source], models: Models) -> Chunk:
    """Reads, embeds and reads the text of one chunk; what is no image is left out and listed."""
    read: list[tuple[Source, str, Prepared]] = []
    left: list[Unreadable] = []
    for source in sources:
        digest = ""
        try:
            data = read_bytes(source.location)
            digest = hashlib.sha256(data).hexdigest()
            read.append((source, digest, prepare(data, models.limits)))
        except (InvalidImage, OSError) as error:
            left.append(Unreadable(source.id, source.label, str(error), digest))
    try:
        observed = observe_prepared([image for _, _, image in read], models)
    except ModelFailed as error:
        raise ModelFailed(f"{read[0][0].id} and its neighbours: {error}") from None
    items = tuple(
        replace(
            Item.of(source.id, source.label, seen.page.lines),
            sha256=digest,
            metadata=source.metadata,
        )
        for (source, digest, _), seen in zip(read, observed, strict=True)
    )
    vectors = np.zeros((len(read), models.dim), np.float32)
    for row, seen in enumerate(observed):
        vectors[row] = seen.embedding
    return Chunk(number, items, vectors, tuple(left))


def _write(done: tuple[int, Future[Chunk]], journal: Journal, progress: tqdm) -> None:
    images, future = done
    journal.add(future.result())
    progress.update(images)

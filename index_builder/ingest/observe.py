"""A few images embedded and read at once, where no build has to be resumed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from index_builder.ingest.journal import Unreadable
from index_builder.ingest.pipeline import chunked, process
from index_builder.ingest.sources import Source
from vislex.gallery.items import Items
from vislex.images.observe import Models


@dataclass(frozen=True)
class Seen:
    """Images as a gallery keeps them: row i of the vectors is `items[i]`."""

    items: Items
    vectors: NDArray[np.float32]  # (len(items), dim), L2-normalised
    unreadable: tuple[Unreadable, ...]


def observe_sources(sources: Sequence[Source], models: Models) -> Seen:
    """Embeds and reads images, and names those that cannot be read. Raises ModelFailed."""
    chunks = []
    with tqdm(total=len(sources), unit="image", desc="reading") as progress:
        for number, some in chunked(sources):
            chunks.append(process(number, some, models))
            progress.update(len(some))
    vectors = [np.zeros((0, models.dim), np.float32), *(chunk.vectors for chunk in chunks)]
    return Seen(
        Items.of(item for chunk in chunks for item in chunk.items),
        np.concatenate(vectors),
        tuple(image for chunk in chunks for image in chunk.unreadable),
    )

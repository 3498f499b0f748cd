"""The models a builder sees and reads with: those of a repository here, or of a server."""

from pathlib import Path

import numpy as np

from index_builder.ingest.pipeline import Models
from vislex.config import usable_cores
from vislex.errors import ModelFailed
from vislex.gallery.recipe import Recipe, read_recipe
from vislex.images.patches import prepare_patches
from vislex.infer import Infer
from vislex.infer.grpc import GrpcInfer
from vislex.infer.repository import in_batches, open_infer
from vislex.ocr.canvas import make_canvas
from vislex.ocr.characters import read_characters
from vislex.screens.classify import Prepared, embed

SAME_COSINE = 0.999  # of the two embeddings of one image, whatever the server's precision


def models_of(repository: Path, url: str | None) -> tuple[Models, Recipe]:
    """What to build with, and the recipe that the gallery will carry.

    With `url` the models of that server do the work. One image is embedded by both first: a
    gallery must not say that it was built by models it has never seen. Raises ModelFailed.
    """
    recipe = read_recipe(repository)
    # Several chunks are in work at once, so each model has a core for each rather than all for one.
    infer: Infer = open_infer(repository, threads=1, calls=usable_cores())
    if url is not None:
        here, infer = infer, in_batches(GrpcInfer(url), repository)
        _check_same(here, infer, url)
    return Models(infer, read_characters(repository), recipe.dim), recipe


def _check_same(here: Infer, there: Infer, url: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (320, 240, 3), np.uint8)
    image = Prepared(prepare_patches(pixels), make_canvas(pixels))
    (a,), (b,) = embed([image], here), embed([image], there)
    cosine = float(a @ b) if a.shape == b.shape else 0.0
    if not cosine >= SAME_COSINE:
        raise ModelFailed(
            f"the encoder at {url} is not that of --repository: cosine {cosine:.4f} of the "
            f"embeddings of one image, expected {SAME_COSINE} or more"
        )

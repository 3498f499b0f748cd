"""The models a builder sees and reads with: those of a repository here, or of a server."""

from functools import partial
from pathlib import Path

import numpy as np
from vislex_client.pace import Pace

from vislex.config import usable_cores
from vislex.contract.spec import ModelSpec, Tensors
from vislex.errors import LateAnswer, ModelFailed
from vislex.gallery.recipe import Recipe, read_recipe
from vislex.images.observe import Models
from vislex.images.patches import prepare_patches
from vislex.images.prepare import Prepared, embed
from vislex.infer import Infer
from vislex.infer.grpc import WAITS_S, GrpcInfer
from vislex.infer.repository import in_batches, open_infer
from vislex.ocr.canvas import make_canvas
from vislex.ocr.characters import read_characters

SAME_COSINE = 0.999  # of the two embeddings of one image, whatever the server's precision
_FIRST_TRIES = 3  # a server that has not answered yet may be a wrong address: no long wait for it


def models_of(repository: Path, url: str | None) -> tuple[Models, Recipe]:
    """What to build with, and the recipe that the gallery will carry.

    With `url` the models of that server do the work. One image is embedded by both first: a
    gallery must not say that it was built by models it has never seen. Raises ModelFailed.
    """
    recipe = read_recipe(repository)
    # Several chunks are in work at once, so each model has a core for each rather than all for one.
    infer: Infer = open_infer(repository, threads=1, calls=usable_cores())
    if url is not None:
        pace = Pace()
        first = GrpcInfer(url, WAITS_S[:_FIRST_TRIES], pace.told)
        _check_same(infer, in_batches(_in_turn(first, pace), repository), url)
        infer = in_batches(_in_turn(GrpcInfer(url, told=pace.told), pace), repository)
    return Models(infer, read_characters(repository), recipe.dim), recipe


def _in_turn(server: Infer, pace: Pace) -> Infer:
    """`server`, asked about as much at once as it can do in its time for a call."""

    def infer(model: ModelSpec, inputs: Tensors, /) -> Tensors:
        return pace.asked(partial(server, model, inputs), LateAnswer)

    return infer


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

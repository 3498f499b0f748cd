"""A full-size so400m behind the server against the study's own method, on the same images."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from export.repository.deployment import Deployment
from export.repository.write import write_repository
from index_builder.build import build_gallery
from loadtest.figures import Ratio
from loadtest.paired import in_turn
from loadtest.raw import Libraries, torch_encoder
from loadtest.serve import serving
from loadtest.served import run_served
from vislex.config import usable_cores
from vislex.gallery.recipe import read_recipe
from vislex.images.observe import Models
from vislex.infer.repository import open_infer
from vislex.ocr.characters import read_characters

# Folders below what `vislex-export bench --work` wrote, and how each is served.
VARIANTS: Mapping[str, Deployment] = {
    "onnx-int8": Deployment(cores=usable_cores()),
    "openvino-bf16": Deployment(platform="openvino", cores=usable_cores()),
}
_GALLERY_LABELS, _GALLERY_IMAGES = 6, 2


@dataclass(frozen=True)
class FullSize:
    """One variant of the encoder, served, against transformers fp32 and RapidOCR in a row."""

    variant: str
    served_over_study: Ratio


def measure_full_size(
    exports: Path, samples: Path, work: Path, images: Sequence[bytes], concurrency: int, pairs: int
) -> list[FullSize]:
    """Measures each variant that lies below `exports`, whose `checkpoint` the study would run.

    `samples` has a folder of images per label, of which a few become the gallery. Weights drawn
    at random will do: they take the same time.
    """
    study = Libraries(torch_encoder(exports / "checkpoint"))
    measured = []
    for variant, deployment in VARIANTS.items():
        if not (exports / variant).is_dir():
            continue
        repository, gallery = work / variant / "repository", work / variant / "gallery"
        write_repository(repository, encoder=exports / variant, deployment=deployment, force=True)
        _build_gallery(samples, repository, gallery)
        with serving(repository, gallery, work / variant) as server:
            run_served(server, images[:2], 1)
            found = in_turn(
                partial(run_served, server, images, concurrency),
                partial(study.classify_all, images),
                pairs,
            )
        measured.append(FullSize(variant, found))
    return measured


def _build_gallery(samples: Path, repository: Path, gallery: Path) -> None:
    """A gallery of a few images of a few labels: what is looked up takes no part of the time."""
    with tempfile.TemporaryDirectory() as scratch:
        for label in sorted(path for path in samples.iterdir() if path.is_dir())[:_GALLERY_LABELS]:
            (Path(scratch) / label.name).mkdir()
            for image in sorted(label.iterdir())[:_GALLERY_IMAGES]:
                shutil.copy2(image, Path(scratch) / label.name)
        recipe = read_recipe(repository)
        build_gallery(
            Path(scratch),
            gallery,
            models=Models(open_infer(repository), read_characters(repository), recipe.dim),
            recipe=recipe,
        )

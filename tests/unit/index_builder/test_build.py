"""Building with stand-in models: what is left out, what is refused, what is reused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from index_builder.build import Built, build_gallery
from index_builder.ingest.images import find_images
from tests.images import encoded
from vislex.contract.images import CANVAS, EMBEDDING, OCR_DET, PIXEL_VALUES, SIGLIP2
from vislex.contract.spec import ModelSpec, Tensors
from vislex.errors import GalleryMissing, InvalidInput, ModelFailed
from vislex.gallery.recipe import Recipe
from vislex.gallery.versions import all_versions, current_version
from vislex.images.observe import Models
from vislex.screens.storage import open_gallery

RECIPE = Recipe(encoder="e" * 64, dim=3, max_num_patches=256, ocr="r" * 64, canvas_side_px=960)


def colour_infer(model: ModelSpec, inputs: Tensors) -> Tensors:
    """An encoder that sees the mean colour, and a detector that never finds text."""
    if model is SIGLIP2:
        pixels = inputs[PIXEL_VALUES.name]
        colour = pixels.reshape(len(pixels), -1, 3).mean(axis=1) + 1.1
        unit = colour / np.linalg.norm(colour, axis=1, keepdims=True)
        return {EMBEDDING.name: unit.astype(np.float32)}
    assert model is OCR_DET
    return {"TEXT_MAP": np.zeros(inputs[CANVAS.name].shape[:3], np.float32)}


def build(images: Path, gallery: Path) -> Built:
    return build_gallery(
        images, gallery, models=Models(colour_infer, (), RECIPE.dim), recipe=RECIPE
    )


@pytest.fixture
def images(tmp_path: Path) -> Path:
    root = tmp_path / "images"
    for label in ("red", "blue"):
        (root / label).mkdir(parents=True)
        for i in range(2):
            picture = encoded(Image.new("RGB", (40 + i, 60), label))
            (root / label / f"{i}.png").write_bytes(picture)
    return root


def test_every_image_is_in_the_gallery_in_order(images: Path, tmp_path: Path) -> None:
    built = build(images, tmp_path / "gallery")
    assert (built.version, built.images, built.unreadable) == ("v000001", 4, ())
    assert any("no text was read on any image of blue" in one for one in built.warnings)
    gallery = open_gallery(tmp_path / "gallery", RECIPE)
    assert [item.id for item in gallery.items] == [
        "blue/0.png",
        "blue/1.png",
        "red/0.png",
        "red/1.png",
    ]
    assert [item.label for item in gallery.items] == ["blue", "blue", "red", "red"]
    blue, red = gallery.index.vectors(np.array([0, 2]))
    assert blue[2] > blue[0]
    assert red[0] > red[2]


def test_the_same_images_are_not_built_again(images: Path, tmp_path: Path) -> None:
    build(images, tmp_path / "gallery")
    again = build(images, tmp_path / "gallery")
    assert (again.version, again.reused) == ("v000001", True)
    (images / "red" / "0.png").write_bytes(encoded(Image.new("RGB", (9, 9), "black")))
    changed = build(images, tmp_path / "gallery")
    assert (changed.version, changed.reused) == ("v000002", False)


def test_an_unreadable_image_is_named_and_left_out(images: Path, tmp_path: Path) -> None:
    (images / "red" / "2.jpg").write_bytes(b"not an image at all")
    built = build(images, tmp_path / "gallery")
    assert built.images == 4
    assert [one.id for one in built.unreadable] == ["red/2.jpg"]
    assert "not an image file" in built.unreadable[0].reason


def test_a_label_without_a_readable_image_stops_the_build(images: Path, tmp_path: Path) -> None:
    for path in (images / "red").iterdir():
        path.write_bytes(b"")
    with pytest.raises(InvalidInput, match=r"no readable image for red .*0 bytes"):
        build(images, tmp_path / "gallery")
    with pytest.raises(GalleryMissing):
        current_version(tmp_path / "gallery")


def test_a_model_that_fails_publishes_nothing(images: Path, tmp_path: Path) -> None:
    def failing(model: ModelSpec, inputs: Tensors) -> Tensors:
        raise ModelFailed("out of memory")

    with pytest.raises(ModelFailed, match="out of memory"):
        build_gallery(images, tmp_path / "g", models=Models(failing, (), RECIPE.dim), recipe=RECIPE)
    assert all_versions(tmp_path / "g") == []


def test_hidden_files_and_others_are_passed_over(images: Path) -> None:
    for name in (".DS_Store", "notes.txt", ".hidden.png"):
        (images / "red" / name).write_bytes(b"x")
    (images / ".cache").mkdir()
    assert [image.id for image in find_images(images)] == [
        "blue/0.png", "blue/1.png", "red/0.png", "red/1.png",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda root: None, "is not a folder"),
        (lambda root: root.mkdir(), "holds no label folders"),
        (lambda root: (root / "empty").mkdir(parents=True), "holds no image"),
    ],
)
def test_folders_without_images_are_named(tmp_path: Path, make, words: str) -> None:  # type: ignore[no-untyped-def]
    make(tmp_path / "images")
    with pytest.raises(InvalidInput, match=words):
        find_images(tmp_path / "images")

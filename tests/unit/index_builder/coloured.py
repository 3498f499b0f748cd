"""Galleries of plain colours, and stand-in models that see the mean colour and read no text."""

from pathlib import Path

import pytest
from PIL import Image

from index_builder.__main__ import main
from index_builder.build import Built, build_gallery
from tests.images import encoded
from tests.unit.index_builder.test_build import RECIPE, colour_infer
from vislex.images.observe import Models

MODELS = Models(colour_infer, (), RECIPE.dim)
COLOURS = {"red": (220, 20, 20), "green": (20, 200, 30), "blue": (30, 30, 210)}
STRANGE = (240, 130, 10)


def picture(path: Path, colour: tuple[int, int, int], step: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    near = tuple(min(255, channel + 7 * step) for channel in colour)
    path.write_bytes(encoded(Image.new("RGB", (40, 60), near)))


def coloured(root: Path) -> Path:
    """Four images of each colour, in a folder a label."""
    for label, colour in COLOURS.items():
        for i in range(4):
            picture(root / label / f"{i}.png", colour, i)
    return root


def build(images: Path, gallery: Path, *, forget: bool = False) -> Built:
    return build_gallery(
        images, gallery, models=Models(colour_infer, (), RECIPE.dim), recipe=RECIPE, forget=forget
    )


def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has every command see with the stand-in models, whatever --repository and --url say."""
    for command in ("build", "edit", "learn", "calibrate"):
        monkeypatch.setattr(
            f"index_builder.commands.{command}.models_of", lambda *_: (MODELS, RECIPE)
        )
    monkeypatch.setattr("index_builder.commands.calibrate.read_recipe", lambda _: RECIPE)


def run(capsys: pytest.CaptureFixture[str], root: Path, *words: str, status: int = 0) -> str:
    """What a command says on both streams."""
    capsys.readouterr()
    found = main([*words, "--gallery", str(root)])
    said = capsys.readouterr()
    assert found == status, said
    return said.out + said.err

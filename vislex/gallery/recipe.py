"""The recipe: everything that an embedding and its text depend on.

It is stored with a gallery and with a model repository. Embeddings and texts of different recipes
must not be compared, so a gallery is refused when its recipe is not that of the server.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from shlex import quote
from typing import Any, Self

from vislex.errors import GalleryMismatch, RepositoryError

RECIPE_FILE = "recipe.json"  # in the root of a repository
_EARLIER = "match/recipe.json"  # where version 0.1 kept it
_KEYS = {"ocr": "reader"}  # in files, where the name is not that of the field


@dataclass(frozen=True)
class Recipe:
    """What made an embedding and a text. Digests are SHA-256 of the source weights, in hex."""

    encoder: str  # of the checkpoint, so that every precision exported from it agrees
    dim: int  # width of an embedding
    max_num_patches: int
    ocr: str  # of the detector's and the recogniser's weights
    canvas_side_px: int  # longest side OCR works at

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Raises KeyError or TypeError on a missing field; the caller knows which file it was."""
        return cls(**{f.name: values[_KEYS.get(f.name, f.name)] for f in fields(cls)})

    def to_json(self) -> dict[str, Any]:
        return {_KEYS.get(name, name): value for name, value in asdict(self).items()}


def read_recipe(repository: Path) -> Recipe:
    """The recipe of a written model repository.

    Raises RepositoryError where there is none, or an earlier vislex wrote it: its models differ.
    """
    path = repository / RECIPE_FILE
    try:
        return Recipe.from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        command = f"`vislex-export repository --out {quote(str(repository))}`"
        if (repository / _EARLIER).is_file():
            why = f"{repository} was written by an earlier vislex; write it anew with {command}"
        else:
            missing = f"is not a written model repository (no {RECIPE_FILE})"
            why = f"{repository} {missing}; make one with {command}"
        raise RepositoryError(why) from None
    except (ValueError, KeyError, TypeError) as error:
        raise RepositoryError(f"{path} is damaged: {error!r}") from None


def check_recipe(gallery: str, actual: Recipe, expected: Recipe) -> None:
    """Raises GalleryMismatch naming every field in which a gallery differs from the server."""
    differences = [
        f"{f.name} {_short(getattr(actual, f.name))}, expected {_short(getattr(expected, f.name))}"
        for f in fields(Recipe)
        if getattr(actual, f.name) != getattr(expected, f.name)
    ]
    if differences:
        raise GalleryMismatch(
            f"{gallery} was not built for these models: {'; '.join(differences)}. "
            "Build it again with the repository that is served"
        )


def _short(value: object) -> str:
    return f"{value[:12]}…" if isinstance(value, str) and len(value) > 12 else str(value)

"""The galleries of a launch, checked before anything is started."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vislex.contract.models import gallery_holder
from vislex.contract.screens import MATCH
from vislex.errors import GalleryMissing, InvalidOption
from vislex.gallery.recipe import Recipe, read_recipe
from vislex.gallery.versions import all_versions, current_version
from vislex.live.fallback import first_sound, nothing_served
from vislex.live.galleries import FolderVersions, Opener
from vislex.screens.serve import ScreenOpener
from vislex.serving.settings import Settings

# A model that holds galleries -> how it opens them. A pipeline with galleries adds its row.
OPENERS: Mapping[str, Callable[[Recipe], Opener[Any]]] = {MATCH.name: ScreenOpener}


def check_galleries(settings: Settings) -> str:
    """Says which version of each gallery will be served.

    Raises RepositoryError for a repository without a recipe, InvalidOption where galleries are
    given and no model needs them or the other way round, GalleryError where none will be served.
    """
    recipe = read_recipe(settings.repository)
    holder = gallery_holder(settings.model_names())
    if holder is None and settings.galleries:
        raise InvalidOption(
            f"--gallery is given, and no model of {settings.repository} has galleries; expected"
            " none, or a repository with such a model"
        )
    if holder is None:
        return "no galleries"
    if not settings.galleries:
        raise InvalidOption(
            f"--gallery is missing; the model {holder.name} of {settings.repository} needs one"
        )
    if not settings.without_missing:
        _require_all(settings.galleries)
    return _check(settings.galleries, OPENERS[holder.name](recipe))


def _require_all(galleries: Mapping[str, Path]) -> None:
    """Raises GalleryMissing where a path holds no gallery at all, as a misspelt one does."""
    for name, path in galleries.items():
        if all_versions(path):
            continue
        try:
            current_version(path)
        except GalleryMissing as error:
            more = (
                "; --start-without-missing-galleries starts without it"
                if len(galleries) > 1
                else ""
            )
            raise GalleryMissing(f"gallery {name}: {error}{more}") from None


def _check(galleries: Mapping[str, Path], opener: Opener[Any]) -> str:
    sound, refused = {}, {}
    for name, path in galleries.items():
        versions = FolderVersions(path, opener)
        sound[name], refused[name] = first_sound(versions, versions.check)
    if not any(sound.values()):
        raise nothing_served(refused)
    for name, some in refused.items():
        for refusal in some:
            said = f"vislex: gallery {name}: {refusal.version} is refused: {refusal.reason}"
            print(said, file=sys.stderr, flush=True)
    named = [f"gallery {name} {first[0] if first else 'none'}" for name, first in sound.items()]
    return f"{'; '.join(named)}, {sum(first[1].count for first in sound.values() if first)} images"

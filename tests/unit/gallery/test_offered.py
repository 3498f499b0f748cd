"""Commands that an error offers can be pasted into a shell, whatever the folder is called."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.unit.gallery.test_files import publish
from tests.unit.gallery.tiny import RECIPE
from vislex.errors import GalleryMissing, RepositoryError
from vislex.gallery.recipe import read_recipe
from vislex.gallery.versions import current_version


def offered(error: pytest.ExceptionInfo[Exception]) -> list[str]:
    """The words of the command between backquotes, as a shell reads them."""
    command = re.search("`(.*)`", str(error.value))
    assert command is not None
    return shlex.split(command[1])


def test_of_a_missing_repository(tmp_path: Path) -> None:
    folder = tmp_path / "an old repo"
    with pytest.raises(RepositoryError, match=r"not a written .*\(no recipe\.json\)") as error:
        read_recipe(folder)
    assert offered(error) == ["vislex-export", "repository", "--out", str(folder)]


def test_a_repository_of_an_earlier_vislex_is_to_be_written_anew(tmp_path: Path) -> None:
    folder = tmp_path / "an old repo"
    (folder / "match").mkdir(parents=True)
    (folder / "match" / "recipe.json").write_text(json.dumps(RECIPE.to_json()))
    with pytest.raises(RepositoryError, match="written by an earlier vislex; write it") as error:
        read_recipe(folder)
    assert offered(error) == ["vislex-export", "repository", "--out", str(folder)]


def test_of_a_missing_gallery(tmp_path: Path) -> None:
    folder = tmp_path / "a gallery"
    with pytest.raises(GalleryMissing) as error:
        current_version(folder)
    assert offered(error) == ["vislex-index", "build", "IMAGES", "--gallery", str(folder)]


def test_of_a_torn_pointer(tmp_path: Path) -> None:
    folder = tmp_path / "a gallery"
    folder.mkdir()
    publish(folder)
    (folder / "CURRENT").write_text("v9")
    with pytest.raises(GalleryMissing) as error:
        current_version(folder)
    assert offered(error) == ["vislex-index", "publish", "VERSION", "--gallery", str(folder)]

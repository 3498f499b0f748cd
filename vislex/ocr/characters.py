"""The recogniser's alphabet, as a model repository carries it."""

from pathlib import Path

from vislex.errors import RepositoryError

CHARACTERS_FILE = "ocr/characters.txt"  # below a model repository


def read_characters(repository: Path) -> tuple[str, ...]:
    """The characters of classes 1, 2, ... (class 0 is CTC's blank), one a line of the file.

    Raises RepositoryError where the file is missing or empty.
    """
    path = repository / CHARACTERS_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RepositoryError(f"{path} cannot be read: {error}") from None
    # Not splitlines(): the alphabet itself has characters that it would take for line ends.
    characters = tuple(text.removesuffix("\n").split("\n"))
    if characters == ("",):
        raise RepositoryError(f"{path} is empty; expected one character a line")
    return characters

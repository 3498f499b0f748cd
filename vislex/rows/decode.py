"""Which encoding a text file is in: spreadsheets write UTF-8 with a mark, UTF-16 and GBK, too."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

GB18030 = "gb18030"  # GBK and GB2312 are parts of it
READ = "UTF-8, UTF-16, UTF-32 or GB18030 (GBK)"  # all that is read, for a message

_BLOCK = 1 << 20
_HEAD = 4  # bytes that tell UTF-16 and UTF-32, by their mark or the zeros between ASCII letters
_USUAL = 0.75  # of the Chinese characters in a file of GBK; in other encodings taken for it fewer


def encoding_of(path: Path) -> str:
    """The name of a file's encoding for Python; UTF-8 where none fits, see `open_text`.

    UTF-8, UTF-16 and UTF-32 are certain. GB18030 is a guess: nearly any bytes can be read as
    such, so the file has to be valid, and most of its characters among the 7,000 usual ones.
    """
    with path.open("rb") as file:
        by_head = json.detect_encoding(file.read(_HEAD))
    if by_head != "utf-8":
        return by_head
    try:
        for _ in _decoded(path, "utf-8"):
            pass
    except UnicodeDecodeError:
        return GB18030 if _is_chinese(path) else "utf-8"
    return "utf-8"


def open_text(path: Path, encoding: str, newline: str | None) -> IO[str]:
    """Opens a file so that what does not fit the encoding comes as lone surrogates.

    So one bad cell does not end the reading: whoever takes the text has to look for them.
    """
    unfit = "surrogateescape" if encoding.startswith("utf-8") else "surrogatepass"
    errors = "strict" if encoding == GB18030 else unfit
    return path.open(encoding=encoding, errors=errors, newline=newline)


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield decoder.decode(block)
    yield decoder.decode(b"", True)


def _is_chinese(path: Path) -> bool:
    characters: set[str] = set()
    try:
        for block in _decoded(path, GB18030):
            characters.update(block)
    except UnicodeDecodeError:
        return False
    signs = [character for character in characters if not character.isascii()]
    return sum(map(_usual, signs)) >= _USUAL * len(signs)


def _usual(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True

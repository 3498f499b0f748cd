"""Whatever a caller calls an image -> the bytes of one encoded image file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Union

from vislex_client.errors import InvalidImage

if TYPE_CHECKING:
    import numpy


class BinaryFile(Protocol):
    """What is asked of a file object: `read` gives bytes, and none at the end."""

    def read(self, size: int, /) -> bytes | None: ...


class PillowImage(Protocol):
    """What is asked of a Pillow image; Pillow itself is not needed."""

    @property
    def mode(self) -> str: ...

    def save(self, fp: Any, format: str, **params: Any) -> None: ...

    def convert(self, mode: str, /) -> PillowImage: ...


Image = Union[
    bytes, bytearray, memoryview, str, "os.PathLike[str]", BinaryFile, PillowImage,
    "numpy.ndarray[Any, numpy.dtype[numpy.uint8]]",
]  # fmt: skip

MAX_IMAGE_BYTES = 256 * 2**20  # no screenshot comes near; the server's own limit is tighter
_PIECE_BYTES = 2**20


def image_bytes(image: Image) -> bytes:
    """The encoded image from any `Image`.

    That is bytes of an image file; the path of one; a binary file object, read from where it stands
    to its end and not closed; a Pillow image; or a uint8 array (height, width) of grey values,
    (height, width, 3) RGB or (height, width, 4) RGBA. The last two are encoded as PNG, so that no
    pixel changes; nothing is decoded: whether a file is an image is for the server to say. Raises
    InvalidImage, naming the path.
    """
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _checked(bytes(image), "the image")
    if isinstance(image, (str, os.PathLike)):
        return _checked(_file_bytes(image), f"the image {os.fspath(image)!r}")
    numpy = sys.modules.get("numpy")  # not imported: no array without it
    if numpy is not None and isinstance(image, numpy.ndarray):
        from vislex_client.png import png

        return _checked(png(image), "the image")
    if callable(getattr(image, "save", None)) and hasattr(image, "mode"):
        from vislex_client.pillow import pillow_png

        return _checked(pillow_png(image), f"the image {image!r}")
    if callable(getattr(image, "read", None)):
        what = _name_of(image)
        return _checked(_object_bytes(image, what), what)
    raise InvalidImage(
        f"the image is of type {type(image).__name__}; expected bytes, a path, a file object"
        " opened with mode 'rb', a Pillow image or a numpy array"
    )


def _file_bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return _read(file)
    except (OSError, ValueError, TypeError) as error:  # no such file; NUL in the name; bytes path
        why = getattr(error, "strerror", None) or str(error)
        raise InvalidImage(f"cannot read the image {os.fspath(path)!r}: {why}") from error


def _name_of(file: Any) -> str:
    """What a file object is called in an error."""
    standard = file is not None and file is getattr(sys.stdin, "buffer", None)
    return "standard input" if standard else f"the image file object {file!r}"


def _object_bytes(file: Any, what: str) -> bytes:
    try:
        return _read(file)
    except Exception as error:  # a caller's object may raise anything, and one image stops no other
        raise InvalidImage(f"cannot read {what}: {error}") from error


def _read(file: BinaryFile) -> bytes:
    """To the end, in pieces, for a pipe or a socket gives less than it is asked for."""
    data = bytearray()
    while len(data) <= MAX_IMAGE_BYTES:
        piece = file.read(_PIECE_BYTES)
        if not isinstance(piece, bytes):  # text; or None: nothing there yet, which is not the end
            raise TypeError(
                f"read() gave {type(piece).__name__}, not bytes; open it with mode 'rb'"
            )
        if not piece:
            break
        data += piece
    return bytes(data)


def _checked(data: bytes, what: str) -> bytes:
    if not data:
        raise InvalidImage(f"{what} is empty (0 bytes)")
    if len(data) > MAX_IMAGE_BYTES:
        raise InvalidImage(f"{what} is larger than {MAX_IMAGE_BYTES // 2**20} MiB")
    return data

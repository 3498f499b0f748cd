"""Finds font faces that can draw Chinese and opens them at a size in pixels."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

FAMILIES = (
    "Noto Sans CJK SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)
# Faces with Chinese and nothing else borrow the rest from here, as Android does.
LATIN_FAMILIES = ("Liberation Sans", "DejaVu Sans")
# A face that lacks one of these would draw boxes on nearly every screen.
CHINESE = "额度还款实名认证账单《》"
LATIN = "¥·09aZ%*"
# A noncharacter: every font answers it with its missing-glyph box.
NO_SUCH_GLYPH = "\uffff"


class FontError(Exception):
    """No usable Chinese font was found, or one that was asked for cannot be used."""


@dataclass(frozen=True)
class FontFile:
    """One face inside a font file (`index` counts the faces of a .ttc collection)."""

    path: str
    index: int


@dataclass(frozen=True)
class Face:
    """A family, its bold file where it has one, and a second font where it lacks Latin."""

    family: str
    regular: FontFile
    bold: FontFile | None
    latin: FontFile | None = None


@lru_cache(maxsize=512)
def open_font(file: FontFile, size_px: int) -> ImageFont.FreeTypeFont:
    """Basic layout, so that the pixels do not depend on whether Pillow was built with Raqm."""
    return ImageFont.truetype(
        file.path, size_px, index=file.index, layout_engine=ImageFont.Layout.BASIC
    )


def can_draw(file: FontFile, text: str) -> bool:
    """True where no character of `text` comes out as the missing-glyph box."""
    font = open_font(file, 32)
    box = bytes(font.getmask(NO_SUCH_GLYPH))
    return all(bytes(font.getmask(char)) != box for char in text)


def find_faces(paths: Sequence[Path] = ()) -> tuple[Face, ...]:
    """The faces at `paths`, or without any the known families that fontconfig has.

    Raises FontError where a path cannot be used or nothing was found.
    """
    if paths:
        return tuple(_face_at(path) for path in paths)
    faces = [face for face in map(_installed, FAMILIES) if face is not None]
    usable = tuple(_with_latin(face) for face in faces if can_draw(face.regular, CHINESE))
    if not usable:
        raise FontError(
            "no font with Chinese glyphs was found; install one (for example Noto Sans CJK) "
            "or name one with --font PATH"
        )
    return usable


def _face_at(path: Path) -> Face:
    files = _files_in(path)
    if not files:
        raise FontError(f"{path}: not a font file that can be read")
    # A pan-CJK collection holds one face per region; the SC one has the mainland shapes.
    named = [(open_font(file, 32).getname()[0] or path.stem, file) for file in files]
    family, file = next((pair for pair in named if pair[0].endswith(" SC")), named[0])
    if not can_draw(file, CHINESE):
        raise FontError(f"{path}: this font has no Chinese glyphs")
    return _with_latin(Face(family, file, None))


def _with_latin(face: Face) -> Face:
    if can_draw(face.regular, LATIN):
        return face
    for family in LATIN_FAMILIES:
        file = _match(family, family)
        if file is not None and can_draw(file, LATIN):
            return replace(face, latin=file)
    raise FontError(
        f"{face.family}: this font has no Latin glyphs, and neither "
        f"{' nor '.join(LATIN_FAMILIES)} is installed to lend them"
    )


def _files_in(path: Path) -> list[FontFile]:
    files: list[FontFile] = []
    while True:
        file = FontFile(str(path), len(files))
        try:
            open_font(file, 32)
        except OSError:
            return files
        files.append(file)


def _installed(family: str) -> Face | None:
    regular = _match(family, family)
    if regular is None:
        return None
    bold = _match(family, f"{family}:bold")
    return Face(family, regular, None if bold == regular else bold)


def _match(family: str, pattern: str) -> FontFile | None:
    """What fontconfig picks for `pattern`, or None where that is another family."""
    try:
        answer = subprocess.run(
            ["fc-match", "-f", "%{family}\n%{file}\n%{index}", pattern],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found, path, index = answer.split("\n")
    # The upper half of fontconfig's index numbers the instances of a variable font.
    return FontFile(path, int(index) & 0xFFFF) if family in found else None

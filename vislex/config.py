"""Frozen settings, parsed at the edge from `VISLEX_*` variables and request parameters."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, cast, get_args

from vislex.errors import InvalidOption

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")  # as Pillow names them
Ranking = Literal["both", "study"]

_VERSION = re.compile(r"v[0-9]{6,}")


@dataclass(frozen=True)
class Limits:
    """What one image may cost. Beyond a limit the request is refused before work is done.

    Of an animation or a file of several pages the first picture is decoded and no other.
    """

    max_bytes: int = 20_000_000  # encoded file
    max_pixels: int = 50_000_000  # a 1440 x 3200 phone screenshot has 4.6 million
    max_side_px: int = 32_768  # a stitched long screenshot still fits
    max_scans: int = 64  # of a progressive JPEG, each over all pixels; encoders write about 10
    max_decode_ms: int = 10_000  # 50 million pixels of PNG take about 1 s
    formats: tuple[str, ...] = FORMATS

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Reads `VISLEX_MAX_BYTES` and the like; raises InvalidOption on what does not fit."""
        found = {f.name: environ.get(f"VISLEX_{f.name.upper()}") for f in fields(cls)}
        parsers: Mapping[str, Callable[[str, str], Any]] = {"formats": _formats}
        return cls(**{n: parsers.get(n, count)(n, text) for n, text in found.items() if text})


@dataclass(frozen=True)
class Options:
    """What one request may choose; the defaults are those of the source study."""

    alpha: float = 0.6  # weight of the visual score, 0..1
    top_k: int = 5  # visual candidates that are re-ranked by text
    read: bool = True  # False: skip OCR and answer from the embedding alone
    ranking: Ranking = "both"  # "study": visual candidates alone, raw scores, as in the study
    decide: bool = True  # False: the plain nearest label, never `other`
    gallery: str = ""  # name of the gallery asked; "": the server's first
    gallery_version: str = ""  # one that is still loaded, such as v000007; "": the live one

    MAX_TOP_K = 100

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Reads request parameters named as the fields; others are not vislex's and pass by.

        Raises InvalidOption naming the option, its value and what was expected.
        """
        return cls(
            alpha=_alpha(parameters.get("alpha", cls.alpha)),
            top_k=_top_k(parameters.get("top_k", cls.top_k)),
            read=_switch("read", parameters.get("read", cls.read)),
            ranking=_ranking(parameters.get("ranking", cls.ranking)),
            decide=_switch("decide", parameters.get("decide", cls.decide)),
            gallery=_gallery(parameters.get("gallery", cls.gallery)),
            gallery_version=_version(parameters.get("gallery_version", cls.gallery_version)),
        )


DEFAULT_LIMITS = Limits()
DEFAULT_OPTIONS = Options()


def count(name: str, text: str) -> int:
    """The count that variable `VISLEX_<NAME>` holds. Raises InvalidOption when it is none."""
    if not text.isdecimal() or int(text) < 1:
        raise InvalidOption(
            f"VISLEX_{name.upper()} is {text!r}; expected a whole number of 1 or more"
        )
    return int(text)


def _formats(name: str, text: str) -> tuple[str, ...]:
    formats = tuple(word.strip().upper() for word in text.split(","))
    if unknown := set(formats) - set(FORMATS):
        raise InvalidOption(
            f"VISLEX_{name.upper()} is {text!r}, of which {', '.join(sorted(unknown))} is unknown; "
            f"expected some of {','.join(FORMATS)}"
        )
    return formats


def _alpha(value: Any) -> float:
    try:
        alpha = float(value)
    except (TypeError, ValueError):
        alpha = float("nan")
    if not 0.0 <= alpha <= 1.0:
        raise InvalidOption(f"alpha is {value!r}; expected a number from 0 (text) to 1 (visual)")
    return alpha


def _top_k(value: Any) -> int:
    text = str(value)
    if not text.isdecimal() or not 1 <= int(text) <= Options.MAX_TOP_K:
        raise InvalidOption(
            f"top_k is {value!r}; expected a whole number from 1 to {Options.MAX_TOP_K}"
        )
    return int(text)


def _switch(name: str, value: Any) -> bool:
    words = {"true": True, "false": False, "1": True, "0": False, "on": True, "off": False}
    if str(value).lower() not in words:
        raise InvalidOption(f"{name} is {value!r}; expected true or false")
    return words[str(value).lower()]


def _ranking(value: Any) -> Ranking:
    if value not in get_args(Ranking):
        raise InvalidOption(f"ranking is {value!r}; expected {' or '.join(get_args(Ranking))}")
    return cast(Ranking, value)


def _gallery(value: Any) -> str:
    """Which names there are is the server's to say: see `vislex.live.settings`."""
    if not isinstance(value, str):
        raise InvalidOption(f"gallery is {value!r}; expected the name of a gallery")
    return value


def _version(value: Any) -> str:
    if value != "" and (not isinstance(value, str) or not _VERSION.fullmatch(value)):
        raise InvalidOption(f"gallery_version is {value!r}; expected a version such as v000007")
    return str(value)


def usable_cores() -> int:
    """The cores this process may run on, which in a container can be fewer than there are."""
    return len(os.sched_getaffinity(0))

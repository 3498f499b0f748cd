"""What the server answers, as frozen values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

Point = tuple[float, float]  # x, y in pixels of the original image
Quad = tuple[Point, Point, Point, Point]  # clockwise from the text's own top left


@dataclass(frozen=True)
class _Record:
    def as_dict(self) -> dict[str, Any]:
        """The fields as plain dicts and tuples."""
        return asdict(self)

    def to_json(self) -> str:
        """The fields as one line of JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False)


@dataclass(frozen=True)
class Candidate:
    """One gallery image the query was compared with; the scores are those the server fused."""

    id: str
    label: str
    visual: float
    text: float
    fused: float


@dataclass(frozen=True)
class Line:
    """One line of text read from the image: its words, confidence (0 to 1) and corners."""

    text: str
    score: float
    quad: Quad


class Lines(tuple[Line, ...]):
    """The lines of text in an image, in reading order: a tuple that says whether they are all."""

    reading: str  # "full", or "partial" where text was there that could not be read

    def __new__(cls, lines: Iterable[Line] = (), reading: str = "full") -> Lines:
        self = super().__new__(cls, lines)
        self.reading = reading
        return self


@dataclass(frozen=True)
class Classification(_Record):
    """The answer for one image.

    `label` is the nearest known label whatever the decision; act on it only where `known` is true.
    `candidates` run from best to worst; `lines` is empty where there is no text or `read=False`.
    """

    label: str
    score: float  # fused score of the label's best candidate
    decision: str  # "known" or "other"
    confidence: float  # 0 to 1, calibrated, that the image shows `label`
    reason: str  # why, in a few words
    candidates: tuple[Candidate, ...]
    lines: tuple[Line, ...]
    gallery_version: str
    reading: str = "full"  # "partial": text was there that could not be read; "off": read=False

    @property
    def known(self) -> bool:
        """True where the evidence supports `label`."""
        return self.decision == "known"


@dataclass(frozen=True)
class LoadedVersion:
    """A version of a gallery that a server has in memory."""

    version: str  # such as "v000007"
    images: int
    labels: int
    encoder: str  # SHA-256 of the encoder its vectors come from
    loaded_at: str  # ISO 8601
    # What its operator taught and set; a server of before does not say.
    known_others: int = 0  # images known to be `other`
    false_reject_rate: float | None = None
    least_confidence: float | None = None  # from which on a query is known; None: none was set


@dataclass(frozen=True)
class RefusedVersion:
    """A version of a gallery that a server would not serve, and why."""

    version: str
    reason: str
    at: str  # ISO 8601


@dataclass(frozen=True)
class Gallery:
    """One gallery of a server."""

    name: str
    version: str  # the one that answers, "" where none can be served
    loaded: tuple[LoadedVersion, ...]  # the one that answers, then others a request may pin
    refused: RefusedVersion | None  # the one that should answer, where that cannot be served


@dataclass(frozen=True)
class Galleries(_Record):
    """What a server says of its galleries, or of the one that was asked for."""

    default: str  # the name of the one asked where a request names none
    galleries: tuple[Gallery, ...]


@dataclass(frozen=True)
class Health(_Record):
    """What a server that answered says of itself."""

    url: str
    live: bool  # the process answers
    ready: bool  # and every model it must serve is loaded
    model_ready: bool  # and the model that was asked about takes requests
    server_version: str  # Triton's, such as "2.51.0"
    model_versions: tuple[str, ...]  # its versions that are loaded; none when not ready

    @property
    def serving(self) -> bool:
        """True where the model can be called."""
        return self.live and self.ready and self.model_ready

"""What one request to `classify` may choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from vislex.contract.galleries import GALLERY_OPTION, GALLERY_VERSION_OPTION
from vislex.contract.images import READ_OPTION
from vislex.contract.screens import (
    ALPHA_OPTION,
    DECIDE_OPTION,
    SCREEN_OPTIONS,
    TOP_K_OPTION,
)

Ranking = Literal["both", "study"]


@dataclass(frozen=True)
class Options:
    """The fields are named as the request parameters; ranges and defaults are the contract's."""

    alpha: float = ALPHA_OPTION.default  # weight of the visual score, 0..1
    top_k: int = TOP_K_OPTION.default  # visual candidates that are re-ranked by text
    read: bool = READ_OPTION.default  # False: skip OCR and answer from the embedding alone
    # "study": visual candidates alone, raw scores, as in the study
    ranking: Ranking = "both"
    decide: bool = DECIDE_OPTION.default  # False: the plain nearest label, never `other`
    gallery: str = GALLERY_OPTION.default  # name of the gallery asked; "": the server's first
    gallery_version: str = GALLERY_VERSION_OPTION.default  # one that is loaded; "": the live one

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Reads request parameters named as the fields; others are not vislex's and pass by.

        Raises InvalidOption naming the option, its value and what was expected.
        """
        chosen: dict[str, Any] = {
            option.name: option.parse(parameters[option.name])
            for option in SCREEN_OPTIONS
            if option.name in parameters
        }
        return cls(**chosen)


DEFAULT_OPTIONS = Options()

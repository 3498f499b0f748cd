"""The words of the contract: a tensor, an option of a request, and a served model.

`dims` are those of one item, without the batch axis; -1 varies from request to request.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, cast

from numpy.typing import NDArray

from vislex.errors import InvalidOption

DType = Literal["bytes", "float32", "int32", "uint8"]
Kind = Literal["bool", "int64", "double", "string"]  # of a request parameter, as KServe names it
Tensors = Mapping[str, NDArray[Any]]  # tensor name -> array with a leading batch axis
T = TypeVar("T", bool, int, float, str)

_KINDS: Mapping[type, Kind] = {bool: "bool", int: "int64", float: "double", str: "string"}
_SWITCHES = {"true": True, "false": False, "1": True, "0": False, "on": True, "off": False}


@dataclass(frozen=True)
class TensorSpec:
    """One tensor of one item: `dims` without the batch axis, -1 where it varies."""

    name: str
    dtype: DType
    dims: tuple[int, ...]


@dataclass(frozen=True)
class OptionSpec(Generic[T]):
    """What one request may choose: a request parameter, with its default and its range.

    The type of `default` is that of the option. A number has a range, a text `choices` or a
    `pattern` (which the default need not fit).
    """

    name: str
    default: T
    expected: str  # the rest of the sentence "NAME is VALUE; expected ..."
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()
    pattern: str = ""

    @property
    def kind(self) -> Kind:
        """The kind of request parameter that carries it."""
        return _KINDS[type(self.default)]

    def parse(self, value: Any) -> T:
        """The value in the option's own type. Raises InvalidOption where it is none."""
        parsed = self._parsed(value)
        if parsed is None:
            raise InvalidOption(f"{self.name} is {value!r}; expected {self.expected}")
        return cast(T, parsed)

    def _parsed(self, value: Any) -> bool | int | float | str | None:
        match self.default:
            case bool():
                return _SWITCHES.get(str(value).lower())
            case int():
                text = str(value)
                return int(text) if text.isdecimal() and self._holds(int(text)) else None
            case float():
                return _number(value) if self._holds(_number(value)) else None
            case str():
                return value if isinstance(value, str) and self._fits(value) else None

    def _holds(self, number: float) -> bool:
        return self.low <= number <= self.high  # false for NaN

    def _fits(self, text: str) -> bool:
        if self.choices:
            return text in self.choices
        return text == self.default or re.fullmatch(self.pattern, text) is not None


@dataclass(frozen=True)
class ModelSpec:
    """One served model: what it takes, what it answers, and what callers may do with it."""

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    options: tuple[OptionSpec[Any], ...] = ()  # request parameters that it takes
    public: bool = False  # callers may ask it; the others are stages of those
    notes: bool = False  # it says something of each call for the call's line in the log
    canary: bool = False  # it takes one image and asks all its stages: the gateway's canaries
    galleries: bool = False  # it holds the server's galleries, and answers STATUS when asked


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")

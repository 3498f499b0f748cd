"""The output tensors of one call -> its result. Whatever does not fit is ServerFailed."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import MISSING, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

from vislex_client import tensors
from vislex_client.errors import ServerFailed
from vislex_client.results import (
    Candidate,
    Classification,
    Galleries,
    Gallery,
    Line,
    Lines,
    LoadedVersion,
    Quad,
    RefusedVersion,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_T = TypeVar("_T")
# Tensor name -> its array, or None where the answer has no such tensor.
Output = Callable[[str], "NDArray[Any] | None"]


def classification(output: Output) -> Classification:
    """Reads every tensor of an answer; raises ServerFailed naming the first that does not fit."""
    decision = _text(output, tensors.DECISION)
    if decision not in tensors.DECISIONS:
        raise _unfit(tensors.DECISION, f"is {decision!r}", "'known' or 'other'")
    return Classification(
        label=_text(output, tensors.LABEL),
        score=_one(tensors.SCORE, _numbers(output, tensors.SCORE)),
        decision=decision,
        confidence=_one(tensors.CONFIDENCE, _numbers(output, tensors.CONFIDENCE)),
        reason=_text(output, tensors.REASON),
        candidates=_candidates(output),
        lines=lines(output),
        gallery_version=_text(output, tensors.GALLERY_VERSION),
        reading=_reading(output),
    )


def _reading(output: Output) -> str:
    """Whether all text was read; servers of before this tensor read what they could."""
    if output(tensors.READING) is None:
        return "full"
    reading = _text(output, tensors.READING)
    if reading not in tensors.READINGS:
        raise _unfit(tensors.READING, f"is {reading!r}", f"one of {', '.join(tensors.READINGS)}")
    return reading


def text(output: Output) -> Lines:
    """The answer of `read`."""
    return Lines(lines(output), _reading(output))


def lines(output: Output) -> tuple[Line, ...]:
    """The lines of text, in reading order."""
    text = _text(output, tensors.LINES)
    expected = "a JSON list of [text, score, [eight numbers]]"
    try:
        return tuple(
            Line(_str(line), _float(score), _quad(quad)) for line, score, quad in json.loads(text)
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise _unfit(tensors.LINES, f"is {text[:80]!r}", expected) from error


def embedding(output: Output) -> NDArray[Any]:
    """The embedding, float32 (dim,), of length 1."""
    array = _array(output, tensors.EMBEDDING, kinds="f").reshape(-1)
    length = float((array * array).sum()) ** 0.5
    if not abs(length - 1) < 1e-2:  # nor NaN
        raise _unfit(tensors.EMBEDDING, f"is {array.size} numbers of length {length}", "length 1")
    return array.copy()  # writable, and not a window on the whole message


def galleries(output: Output) -> Galleries:
    """What the server says of its galleries; a field this client does not know is passed over."""
    text = _text(output, tensors.STATUS)
    try:
        said = json.loads(text)
        return Galleries(_str(said["default"]), tuple(_gallery(one) for one in said["galleries"]))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        expected = "a JSON object of galleries, their versions and what was refused"
        raise _unfit(tensors.STATUS, f"is {text[:80]!r}", expected) from error


def _gallery(said: Any) -> Gallery:
    refused = said["refused"]
    return Gallery(
        name=_str(said["name"]),
        version=_str(said["version"]),
        loaded=tuple(LoadedVersion(**_only(LoadedVersion, one)) for one in said["loaded"]),
        refused=None if refused is None else RefusedVersion(**_only(RefusedVersion, refused)),
    )


def _only(kind: Any, said: Any) -> dict[str, Any]:
    wanted = [field for field in fields(kind) if field.name in said or field.default is MISSING]
    return {field.name: said[field.name] for field in wanted}


def _candidates(output: Output) -> tuple[Candidate, ...]:
    columns: tuple[list[Any], ...] = (
        _texts(output, tensors.CANDIDATE_IDS),
        _texts(output, tensors.CANDIDATE_LABELS),
        _numbers(output, tensors.CANDIDATE_VISUAL),
        _numbers(output, tensors.CANDIDATE_TEXT),
        _numbers(output, tensors.CANDIDATE_FUSED),
    )
    counts = [len(column) for column in columns]
    if len(set(counts)) > 1:
        raise _unfit("CANDIDATE_*", f"have {counts} elements", "as many of each")
    return tuple(Candidate(*row) for row in zip(*columns))


def _quad(values: Any) -> Quad:
    x0, y0, x1, y1, x2, y2, x3, y3 = map(_float, values)
    return (x0, y0), (x1, y1), (x2, y2), (x3, y3)


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise TypeError(value)
    return float(value)


def _text(output: Output, name: str) -> str:
    return _one(name, _texts(output, name))


def _one(name: str, values: list[_T]) -> _T:
    if len(values) != 1:
        raise _unfit(name, f"has {len(values)} elements", "1")
    return values[0]


def _texts(output: Output, name: str) -> list[str]:
    array = _array(output, name, kinds="OS")
    try:
        return [value.decode() for value in array.reshape(-1)]
    except UnicodeDecodeError as error:
        raise _unfit(name, "is not UTF-8", "UTF-8 text") from error


def _numbers(output: Output, name: str) -> list[float]:
    array = _array(output, name, kinds="f").reshape(-1)
    # By way of str, the shortest decimal that names the same float32: 0.9, not 0.8999999761581421.
    values = [float(str(value)) for value in array]
    if not all(map(isfinite, values)):
        raise _unfit(name, f"holds {values}", "finite numbers")
    return values


def _array(output: Output, name: str, *, kinds: str) -> NDArray[Any]:
    try:
        array = output(name)
    except (ValueError, TypeError, struct.error) as error:  # bytes that do not fill dtype and shape
        raise _unfit(name, f"cannot be read ({error})", "a tensor as its header says") from error
    if array is None:
        raise _unfit(name, "is missing", "it in every answer")
    if array.dtype.kind not in kinds:
        raise _unfit(name, f"is of dtype {array.dtype}", "bytes" if "O" in kinds else "float32")
    return array


def _unfit(name: str, found: str, expected: str) -> ServerFailed:
    return ServerFailed(f"the server's answer does not fit: {name} {found}; expected {expected}")

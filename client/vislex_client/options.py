"""Checks what the caller chose, before anything is sent. Each raises InvalidOption."""

from __future__ import annotations

import math
import re
from numbers import Integral, Real
from typing import Any, Union

from vislex_client import tensors
from vislex_client.errors import InvalidOption

Parameters = dict[str, Union[float, int, bool, str]]

# A name or an IPv4 address, or an IPv6 address in brackets, and the port that gRPC listens on.
_ADDRESS = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.%]+\]):(?P<port>[0-9]{1,5})", re.ASCII)


def address(url: Any) -> str:
    """`url` as gRPC takes it, "host:port" or "[ipv6]:port".

    A scheme is refused, for HTTP is another port of the server; so is a missing port, for gRPC
    would take 443.
    """
    found = _ADDRESS.fullmatch(url) if isinstance(url, str) else None
    if found and 1 <= int(found["port"]) <= 65535:
        return found.string
    why = " without a scheme or a path" if isinstance(url, str) and "/" in url else ""
    raise InvalidOption(f"url is {url!r}; expected HOST:PORT{why}, such as 'localhost:8001'")


def parameters(alpha: Any, top_k: Any, read: Any, ranking: Any, decide: Any) -> Parameters:
    """The request parameters for the options that are not None; the server fills in the others."""
    chosen: Parameters = {}
    if alpha is not None:
        if not _is(alpha, Real) or not 0 <= alpha <= 1:
            raise InvalidOption(
                f"alpha is {alpha!r}; expected a number from 0 (text) to 1 (visual)"
            )
        chosen[tensors.ALPHA] = float(alpha)  # a whole 1 would travel as an integer
    if top_k is not None:
        chosen[tensors.TOP_K] = count("top_k", top_k)
    for name, switch in ((tensors.READ, read), (tensors.DECIDE, decide)):
        if switch is not None:
            if not isinstance(switch, bool):
                raise InvalidOption(f"{name} is {switch!r}; expected True or False")
            chosen[name] = switch
    if ranking is not None:
        if ranking not in tensors.RANKINGS:
            raise InvalidOption(f"ranking is {ranking!r}; expected one of {tensors.RANKINGS}")
        chosen[tensors.RANKING] = ranking
    return chosen


def count(name: str, value: Any) -> int:
    """A whole number of 1 or more that fits the wire's int64."""
    if not _is(value, Integral) or not 1 <= value < 2**63:
        raise InvalidOption(f"{name} is {value!r}; expected a whole number of 1 or more")
    return int(value)


def seconds(name: str, value: Any) -> float:
    """A finite number of seconds above 0."""
    if not _is(value, Real) or not math.isfinite(value) or value <= 0:
        raise InvalidOption(f"{name} is {value!r}; expected seconds, a number above 0")
    return float(value)


def request_id(value: Any | None) -> str:
    """The id the server's log and trace will show; "" for none."""
    if value is None:
        return ""
    if not isinstance(value, str) or not value.isprintable():  # nor half a surrogate pair
        raise InvalidOption(f"request_id is {value!r}; expected printable text")
    return value


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)  # numpy's numbers are as good

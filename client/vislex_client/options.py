"""What a caller may choose, and its checks before anything is sent. Each raises InvalidOption."""

from __future__ import annotations

import math
import re
from numbers import Integral, Real
from typing import Any, TypedDict, Union

from vislex_client import tensors
from vislex_client.errors import InvalidOption

Parameters = dict[str, Union[float, int, bool, str]]


class CallOptions(TypedDict, total=False):
    """What every call takes. None is as good as leaving it out."""

    timeout_s: float | None  # for the whole call, retries included; the client's when None
    request_id: str | None  # appears in the server's log
    traceparent: str | None  # W3C trace context, so that the server's spans join the caller's


class ClassifyOptions(CallOptions, total=False):
    """What a classification may choose. None leaves a choice to the server."""

    alpha: float | None  # weight of the visual score against the text's: 0 (text) .. 1 (visual)
    top_k: int | None  # how many candidates are compared
    read: bool | None  # False: skip reading text
    ranking: str | None  # "study": candidates by sight alone; "both": by text too
    decide: bool | None  # False: the nearest label, never `other`
    gallery: str | None  # one of the server's galleries, by name
    gallery_version: str | None  # a version of it that is still loaded, such as "v000007"


# A name or an IPv4 address, or an IPv6 address in brackets, and the port that gRPC listens on.
_IN_BRACKETS = r"\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]"  # after a %: the interface of a link's address
_HOST_PORT = rf"(?:[\w.-]+|{_IN_BRACKETS}):(?P<port>[0-9]{{1,5}})"
_ADDRESS = re.compile(rf"(?:dns:///)?{_HOST_PORT}", re.ASCII)
_LISTS = re.compile(
    r"ipv4:[0-9.]+:[0-9]{1,5}(,[0-9.]+:[0-9]{1,5})*"
    rf"|ipv6:{_IN_BRACKETS}:[0-9]{{1,5}}(,{_IN_BRACKETS}:[0-9]{{1,5}})*",
    re.ASCII,
)
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?", re.ASCII)


def address(url: Any) -> str:
    """`url` as gRPC takes it: "host:port", "dns:///host:port", or several "ipv4:a:port,b:port".

    An IPv6 address stands in brackets: "[a]:port", "ipv6:[a]:port,[b]:port".
    Another scheme is refused, for HTTP is another port of the server; so is a missing port, for
    gRPC would take 443.
    """
    if isinstance(url, str):
        found = _ADDRESS.fullmatch(url)
        if (found and 1 <= int(found["port"]) <= 65535) or _LISTS.fullmatch(url):
            return url
    why = " without a scheme or a path" if isinstance(url, str) and "/" in url else ""
    raise InvalidOption(
        f"url is {url!r}; expected HOST:PORT{why}, such as 'localhost:8001' or '[::1]:8001'"
    )


def parameters(
    alpha: Any = None,
    top_k: Any = None,
    read: Any = None,
    ranking: Any = None,
    decide: Any = None,
    gallery: Any = None,
    gallery_version: Any = None,
) -> Parameters:
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
    for name, switch in ((tensors.READ_TEXT, read), (tensors.DECIDE, decide)):
        if switch is not None:
            if not isinstance(switch, bool):
                raise InvalidOption(f"{name} is {switch!r}; expected True or False")
            chosen[name] = switch
    if ranking is not None:
        if ranking not in tensors.RANKINGS:
            raise InvalidOption(f"ranking is {ranking!r}; expected one of {tensors.RANKINGS}")
        chosen[tensors.RANKING] = ranking
    for name, text in ((tensors.GALLERY, gallery), (tensors.PINNED_VERSION, gallery_version)):
        if text is not None:
            chosen[name] = word(name, text)
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


def word(name: str, value: Any) -> str:
    """Printable text of one letter or more."""
    if not isinstance(value, str) or not value or not value.isprintable():
        raise InvalidOption(f"{name} is {value!r}; expected printable text")
    return value


def traceparent(value: Any) -> str:
    """A W3C trace context, https://www.w3.org/TR/trace-context/#traceparent-header."""
    if not isinstance(value, str) or not _TRACEPARENT.fullmatch(value):
        raise InvalidOption(
            f"traceparent is {value!r}; expected version-trace-parent-flags in hex digits, such as"
            " '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'"
        )
    return value


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)  # numpy's numbers are as good

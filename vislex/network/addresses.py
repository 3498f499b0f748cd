"""Hosts as text: an IPv6 address stands in brackets before a port, and bare everywhere else."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from vislex.errors import InvalidOption

# What a socket is bound to: its family and the address with the port 0.
Place = tuple[socket.AddressFamily, tuple[Any, ...]]


def bare(host: str) -> str:
    """A host without brackets. Raises InvalidOption for none at all, and for half of a pair.

    >>> bare("[::1]"), bare("::1"), bare("localhost")
    ('::1', '::1', 'localhost')
    """
    inner = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not inner or set("[]") & set(inner):
        raise InvalidOption(
            f"host is {host!r}; expected an address or a name, such as 127.0.0.1, ::1 or localhost"
        )
    return inner


def with_port(host: str, port: int) -> str:
    """Host and port in one word, as gRPC and URLs have it.

    >>> with_port("::1", 8001), with_port("127.0.0.1", 8001)
    ('[::1]:8001', '127.0.0.1:8001')
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_web_url(word: str) -> bool:
    """Whether `word` is a URL of HTTP or HTTPS with a host, and a port that there is if any.

    >>> is_web_url("http://collector:4318/v1/traces"), is_web_url("collector:4318")
    (True, False)
    """
    try:
        url = urlsplit(word)
        port = url.port
    except ValueError:  # of a port, or a bracket
        return False
    return url.scheme in ("http", "https") and bool(url.hostname) and port != 0


def to_bind(host: str) -> tuple[str, ...]:
    """The hosts to listen on for `host`: `::` is every address of this machine, IPv4's too.

    asyncio's sockets of IPv6 take no IPv4 connection, so those of IPv4 get a socket of their own.
    """
    return ("::", "0.0.0.0") if host == "::" else (host,)


def places(host: str) -> Iterator[Place]:
    """Every place that `host` (an address, or a name with several) is bound to. Raises OSError."""
    for part in to_bind(host):
        infos = socket.getaddrinfo(part, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(infos):
            yield family, address

"""The proxy that gRPC takes from the environment: where it is used, and what errors say of it.

gRPC reads the variables by itself. Loopback is never asked for through a proxy here; a server
elsewhere is, unless the client was told not to or `no_proxy` names the host.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

_VARIABLES = ("grpc_proxy", "https_proxy", "http_proxy")  # in gRPC's order
_EXEMPT = ("no_grpc_proxy", "no_proxy")
_NONE: dict[str, int | str] = {
    "grpc.enable_http_proxy": 0,
    # GRPC_ADDRESS_HTTP_PROXY is another way to name a proxy, which the line above leaves on.
    "grpc.address_http_proxy_enabled_addresses": "",
}
_LOOPBACK_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")


def arguments(url: str, allowed: bool) -> dict[str, int | str]:
    """Channel arguments that keep a connection to `url` off every proxy, where it has to be."""
    return dict(_NONE) if not allowed or all(map(_is_loopback, _hosts(url))) else {}


def words(url: str, allowed: bool, environ: Mapping[str, str] = os.environ) -> str:
    """What an error says of the proxy between this client and `url`; "" where there is none.

    User and password of the proxy's address are left out.
    """
    hosts = list(_hosts(url))
    variable = next((name for name in _VARIABLES if environ.get(name)), None)
    if variable is None or arguments(url, allowed) or all(_exempt(host, environ) for host in hosts):
        return ""
    proxy = environ[variable]
    place = urlsplit(proxy if "//" in proxy else f"//{proxy}").netloc.rpartition("@")[2] or "?"
    return (
        f"through the proxy {place} that {variable} names; proxy=False (--no-proxy) or"
        f" no_proxy={hosts[0]} goes straight"
    )


def _hosts(url: str) -> Iterator[str]:
    """The hosts of an address as `options.address` takes it, without ports and brackets."""
    scheme, colon, rest = url.partition(":")
    if colon and scheme in ("dns", "ipv4", "ipv6"):
        url = rest.lstrip("/")
    for server in url.split(","):
        yield server.rpartition(":")[0].strip("[]").lower()


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its looks; no name is looked up."""
    name = host.rstrip(".")
    if name in (*_LOOPBACK_NAMES, socket.gethostname().lower()) or name.endswith(".localhost"):
        return True
    address = _address(host)
    if address is None:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified  # 0.0.0.0 and :: connect to this machine


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _exempt(host: str, environ: Mapping[str, str]) -> bool:
    """Whether `no_proxy` names a host: by its end, or as a network."""
    given = next((environ[name] for name in _EXEMPT if environ.get(name)), "")
    return any(_matches(host, entry.strip().lower()) for entry in given.split(",") if entry.strip())


def _matches(host: str, entry: str) -> bool:
    address = _address(host)
    if address is not None and "/" in entry:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    return host.endswith(entry)

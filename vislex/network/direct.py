"""Connections that never go through a proxy: those within a machine, and to servers of our own.

`http_proxy` and its kin in the environment are for the world outside. A launcher that reached its
own Triton through them would wait in vain for a server that is up.
"""

import urllib.request
from collections.abc import Mapping
from contextlib import AbstractContextManager
from http.client import HTTPResponse
from ipaddress import ip_address
from typing import cast

# gRPC reads grpc_proxy, https_proxy and http_proxy by itself, and GRPC_ADDRESS_HTTP_PROXY with
# them; the one option does not switch off the other.
NO_PROXY: tuple[tuple[str, int | str], ...] = (
    ("grpc.enable_http_proxy", 0),
    ("grpc.address_http_proxy_enabled_addresses", ""),
)
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def open_url(url: str, timeout_s: float) -> AbstractContextManager[HTTPResponse]:
    """What `url` answers to GET. Raises OSError, HTTPError among them."""
    return cast(AbstractContextManager[HTTPResponse], _OPENER.open(url, timeout=timeout_s))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or as an address without brackets."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def proxies_off(environ: Mapping[str, str]) -> dict[str, str]:
    """What a child's environment needs so that nothing in it finds a proxy there.

    Triton's exporter of traces goes through one even to a host that `no_proxy` names.
    """
    named = (name for name in environ if name.lower().endswith("_proxy"))
    return {name: "" for name in named if not name.lower().startswith("no_")}

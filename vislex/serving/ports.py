"""TCP ports: the wanted ones, and whether they are free."""

import errno
import socket
from dataclasses import asdict, dataclass
from itertools import combinations

from vislex.errors import InvalidOption, ServerError
from vislex.network.addresses import Place, places, with_port

_HIGHEST = 65535
_TITLES = {"grpc": "gRPC", "http": "HTTP", "metrics": "metrics"}
_TRIES = 16  # a port that is free on one address may be taken on another
# Which are the host's fault and not the port's.
_NO_SUCH_HOST = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL, errno.ENODEV)


@dataclass(frozen=True)
class Ports:
    """TCP ports of the three endpoints; 0 lets the system choose a free one.

    Raises InvalidOption for a number that no port has, and where two are the same.
    """

    grpc: int = 0
    http: int = 0
    metrics: int = 0

    def __post_init__(self) -> None:
        ports = asdict(self)
        for name, port in ports.items():
            if not 0 <= port <= _HIGHEST:
                raise InvalidOption(f"--{name}-port is {port}; expected 0 to {_HIGHEST}")
        for (name, port), (other, its_port) in combinations(ports.items(), 2):
            if port == its_port != 0:
                raise InvalidOption(
                    f"the {_TITLES[name]} and the {_TITLES[other]} port are both {port}; "
                    "expected different ones"
                )


ANY_PORTS = Ports()


def choose_ports(wanted: Ports, host: str) -> Ports:
    """Fills in ports for zeros that are free on every address of `host`, as `bare` gives it.

    Raises ServerError naming a wanted port that is taken, or a host that is not this machine's.
    """
    held: list[socket.socket] = []  # until the end, so that two zeros never get the same port
    try:
        chosen = {}
        for name in ("grpc", "http", "metrics"):
            port = getattr(wanted, name)
            try:
                chosen[name] = _hold(host, port, held)
            except OSError as error:
                raise ServerError(_refusal(name, host, port, error)) from None
        return Ports(**chosen)
    finally:
        for sock in held:
            sock.close()


def _hold(host: str, port: int, held: list[socket.socket]) -> int:
    """Binds a port on every address of `host`; any free one for 0. Raises OSError."""
    for left in reversed(range(1 if port else _TRIES)):
        bound: list[socket.socket] = []
        chosen = port
        try:
            for place in places(host):
                bound.append(_bound(place, chosen))
                chosen = bound[-1].getsockname()[1]
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not left:
                raise
        else:
            return chosen
        finally:
            held += bound
    raise AssertionError("the last try returns or raises")


def _bound(place: Place, port: int) -> socket.socket:
    family, (address, _, *rest) = place
    sock = socket.socket(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # IPv4 has sockets of its own
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port, *rest))
    except OSError:
        sock.close()
        raise
    return sock


def _refusal(name: str, host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno in _NO_SUCH_HOST:
        return (
            f"cannot listen on host {host!r}: {error.strerror}; expected an address of this "
            "machine, such as 127.0.0.1, ::1 or localhost, or 0.0.0.0 or :: for all of them"
        )
    return (
        f"cannot use {name} port {with_port(host, port)}: {error.strerror}; choose another with "
        f"--{name}-port, or 0 for any free one"
    )

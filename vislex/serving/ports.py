"""TCP ports: which are wanted, and which are to be had."""

import socket
from dataclasses import dataclass

from vislex.errors import ServerError


@dataclass(frozen=True)
class Ports:
    """TCP ports of the three endpoints; 0 lets the system choose a free one."""

    grpc: int = 0
    http: int = 0
    metrics: int = 0


ANY_PORTS = Ports()


def choose_ports(wanted: Ports, host: str) -> Ports:
    """Fills in free ports for zeros; raises ServerError naming a wanted port that is taken."""
    held: list[socket.socket] = []
    try:
        chosen = {}
        for name in ("grpc", "http", "metrics"):
            port = getattr(wanted, name)
            sock = socket.socket()
            held.append(sock)  # all held until the end, so that two zeros never get the same port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((host, port))
            except OSError as error:
                raise ServerError(
                    f"cannot use {name} port {host}:{port}: {error.strerror}; choose another with "
                    f"--{name}-port, or 0 for any free one"
                ) from None
            chosen[name] = sock.getsockname()[1]
        return Ports(**chosen)
    finally:
        for sock in held:
            sock.close()

"""Asks a vislex server which known screen an image shows, or that it is none of them.

    from vislex_client import Client

    with Client("localhost:8001") as client:
        answer = client.classify("screen.png")
        print(answer.label, answer.decision, answer.reason)

`AsyncClient` is the same for asyncio. Every error is a `VislexError`; `vislex_client.errors` draws
the tree. Importing this package is cheap: gRPC and numpy are imported by the first client.
"""

from vislex_client.aio import AsyncClient
from vislex_client.client import Client
from vislex_client.errors import (
    AccessDenied,
    Cancelled,
    DeadlineExceeded,
    InvalidImage,
    InvalidOption,
    InvalidRequest,
    Overloaded,
    ServerFailed,
    Unavailable,
    VislexError,
)
from vislex_client.options import CallOptions, ClassifyOptions
from vislex_client.pace import Pace
from vislex_client.results import (
    Candidate,
    Classification,
    Galleries,
    Gallery,
    Health,
    Line,
    Lines,
    LoadedVersion,
    Quad,
    RefusedVersion,
)
from vislex_client.settings import Circuit, Retry, Tls

__version__ = "0.2.0"

__all__ = [
    "AccessDenied",
    "AsyncClient",
    "CallOptions",
    "Cancelled",
    "Candidate",
    "Circuit",
    "Classification",
    "ClassifyOptions",
    "Client",
    "DeadlineExceeded",
    "Galleries",
    "Gallery",
    "Health",
    "InvalidImage",
    "InvalidOption",
    "InvalidRequest",
    "Line",
    "Lines",
    "LoadedVersion",
    "Overloaded",
    "Pace",
    "Quad",
    "RefusedVersion",
    "Retry",
    "ServerFailed",
    "Tls",
    "Unavailable",
    "VislexError",
]

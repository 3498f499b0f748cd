"""Asks a vislex server which known screen an image shows, or that it is none of them.

    from vislex_client import Client

    with Client("localhost:8001") as client:
        answer = client.classify("screen.png")
        print(answer.label, answer.decision, answer.reason)

Every error is a `VislexError`; `vislex_client.errors` draws the tree. Importing this package is
cheap: gRPC and numpy are imported by the first `Client`.
"""

from vislex_client.client import Client
from vislex_client.errors import (
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
from vislex_client.results import Candidate, Classification, Health, Line, Quad

__version__ = "0.1.0"

__all__ = [
    "Cancelled",
    "Candidate",
    "Classification",
    "Client",
    "DeadlineExceeded",
    "Health",
    "InvalidImage",
    "InvalidOption",
    "InvalidRequest",
    "Line",
    "Overloaded",
    "Quad",
    "ServerFailed",
    "Unavailable",
    "VislexError",
]

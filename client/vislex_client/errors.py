"""The errors this client raises, in its caller's words.

    VislexError
    ├── InvalidRequest       what was sent cannot be served; the same again fails again
    │   ├── InvalidImage     no such file, empty, not an image, too large
    │   └── InvalidOption    alpha, top_k, timeout_s, url, ... of a wrong kind or out of range
    ├── DeadlineExceeded     no answer within timeout_s
    ├── Overloaded           the server turned the request away because too much is waiting
    ├── Unavailable          no server there, or it cannot serve `classify` now
    ├── ServerFailed         the server broke, or answered something that is not an answer
    └── Cancelled            the client was closed, before the call or during it

An error from the other end keeps the server's words in `details` and the gRPC code in `status`;
both are empty on an error raised before anything was sent.
"""

from __future__ import annotations


class VislexError(Exception):
    """Base of every error this client raises.

    `status` is the gRPC code, such as "UNAVAILABLE"; `details` is what the server said.
    """

    def __init__(self, message: str, *, status: str = "", details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.details = details


class InvalidRequest(VislexError):
    """What was sent cannot be served; the same again fails again."""


class InvalidImage(InvalidRequest):
    """The image cannot be read, is empty or too large, or is not an image the server accepts."""


class InvalidOption(InvalidRequest):
    """An option is of a wrong kind or out of range."""


class DeadlineExceeded(VislexError):
    """No answer came within `timeout_s`."""


class Overloaded(VislexError):
    """The server turned the request away because too much is waiting; try again later."""


class Unavailable(VislexError):
    """There is no server at the address, or it cannot serve `classify` now."""


class ServerFailed(VislexError):
    """The server broke, or answered something that is not an answer."""


class Cancelled(VislexError):
    """The client was closed, before the call or during it."""


# gRPC code, words in the server's message ("" for any), error: the first row that fits.
# The server names its own error ("InvalidImage: ...") where one code stands for several.
_BY_STATUS: tuple[tuple[str, str, type[VislexError]], ...] = (
    ("INVALID_ARGUMENT", "InvalidImage", InvalidImage),
    ("INVALID_ARGUMENT", "InvalidOption", InvalidOption),
    ("INVALID_ARGUMENT", "", InvalidRequest),
    ("OUT_OF_RANGE", "", InvalidRequest),
    ("UNAUTHENTICATED", "", InvalidRequest),
    ("PERMISSION_DENIED", "", InvalidRequest),
    ("DEADLINE_EXCEEDED", "", DeadlineExceeded),
    ("RESOURCE_EXHAUSTED", "larger than max", InvalidImage),  # gRPC's own limit on a message
    ("RESOURCE_EXHAUSTED", "", Overloaded),  # a proxy's rate limit
    ("UNAVAILABLE", "maximum queue size", Overloaded),  # Triton: max_queue_size
    ("UNAVAILABLE", "Request timeout expired", Overloaded),  # Triton: its limit on queueing
    ("UNAVAILABLE", "", Unavailable),
    ("NOT_FOUND", "", Unavailable),  # a Triton without `classify`
    ("UNIMPLEMENTED", "", Unavailable),  # a gRPC server that is not Triton
    ("CANCELLED", "", Cancelled),
    ("INTERNAL", "", ServerFailed),
    ("UNKNOWN", "", ServerFailed),
    ("DATA_LOSS", "", ServerFailed),
    ("ABORTED", "", ServerFailed),
    ("FAILED_PRECONDITION", "", ServerFailed),
    ("ALREADY_EXISTS", "", ServerFailed),
)


def from_status(status: str, details: str, *, url: str, elapsed_s: float) -> VislexError:
    """The error for a gRPC code and what the server said with it."""
    error = next((e for code, words, e in _BY_STATUS if code == status and words in details), None)
    said = " ".join(details.split()) or "no reason given"  # Triton adds a trace of several lines
    message = f"{said} ({url}, {status} after {elapsed_s:.2f} s)"
    return (error or ServerFailed)(message, status=status, details=details)

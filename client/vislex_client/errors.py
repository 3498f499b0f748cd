"""The errors this client raises, in its caller's words.

    VislexError
    ├── InvalidRequest       what was sent cannot be served; the same again fails again
    │   ├── InvalidImage     no such file, empty, not an image, too large
    │   └── InvalidOption    alpha, top_k, timeout_s, url, ... of a wrong kind or out of range
    ├── AccessDenied         the token or the certificate is missing or not accepted
    ├── DeadlineExceeded     no answer within timeout_s
    ├── Overloaded           the server turned the request away because too much is waiting
    ├── Unavailable          no server there, or it cannot serve this now
    ├── ServerFailed         the server broke, or answered something that is not an answer
    └── Cancelled            the client was closed, before the call or during it

An error from the other end keeps the server's words in `details` and the gRPC code in `status`;
both are empty on an error raised before anything was sent.
"""

from __future__ import annotations

from typing import NamedTuple


class VislexError(Exception):
    """Base of every error this client raises.

    `status` is the gRPC code, such as "UNAVAILABLE"; `details` is what the server said.
    `transient` says that the same request may well be answered later, and `retry_after_s`, where
    the server said so, how much later.
    """

    def __init__(
        self,
        message: str,
        *,
        status: str = "",
        details: str = "",
        transient: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.details = details
        self.transient = transient
        self.retry_after_s = retry_after_s


class InvalidRequest(VislexError):
    """What was sent cannot be served; the same again fails again."""


class InvalidImage(InvalidRequest):
    """The image cannot be read, is empty or too large, or is not an image the server accepts."""


class InvalidOption(InvalidRequest):
    """An option is of a wrong kind or out of range."""


class AccessDenied(VislexError):
    """The token or the certificate is missing or not accepted, on one side or the other."""


class DeadlineExceeded(VislexError):
    """No answer came within `timeout_s`."""


class Overloaded(VislexError):
    """The server turned the request away because too much is waiting; try again later."""


class Unavailable(VislexError):
    """There is no server at the address, it cannot serve this now, or the circuit is open."""


class ServerFailed(VislexError):
    """The server broke, or answered something that is not an answer."""


class Cancelled(VislexError):
    """The client was closed, before the call or during it."""


class _Row(NamedTuple):
    status: str  # gRPC code
    words: str  # in the server's message; "" for any
    error: type[VislexError]
    transient: bool = False  # the same request, sent again, may be answered


# The first row that fits. The server names its own error ("InvalidImage: ...") where one code
# stands for several. Transient is only what tells that no answer was begun (UNAVAILABLE), or that
# the connection ended before one, which gRPC reports under several codes.
_ROWS = (
    _Row("INVALID_ARGUMENT", "InvalidImage", InvalidImage),
    _Row("INVALID_ARGUMENT", "InvalidOption", InvalidOption),
    _Row("INVALID_ARGUMENT", "", InvalidRequest),
    _Row("OUT_OF_RANGE", "", InvalidRequest),
    _Row("UNAUTHENTICATED", "", AccessDenied),
    _Row("PERMISSION_DENIED", "", AccessDenied),
    _Row("DEADLINE_EXCEEDED", "", DeadlineExceeded),
    _Row("RESOURCE_EXHAUSTED", "larger than max", InvalidImage),  # gRPC's limit on a message
    _Row("RESOURCE_EXHAUSTED", "", Overloaded),  # a proxy's rate limit
    _Row("UNAVAILABLE", "maximum queue size", Overloaded, True),  # Triton: max_queue_size
    _Row("UNAVAILABLE", "Request timeout expired", Overloaded, True),  # Triton: limit on queueing
    _Row("UNAVAILABLE", "Overloaded", Overloaded, True),  # vislex: more in flight than it takes
    _Row("UNAVAILABLE", "ModelFailed", ServerFailed, True),  # vislex: one of its models failed
    _Row("UNAVAILABLE", "CERTIFICATE_VERIFY_FAILED", AccessDenied),  # the server's, to us
    _Row("UNAVAILABLE", "Hostname Verification Check failed", AccessDenied),
    _Row("UNAVAILABLE", "not in peer certificate", AccessDenied),  # the same in gRPC 1.67
    _Row("UNAVAILABLE", "", Unavailable, True),
    _Row("NOT_FOUND", "", Unavailable),  # a Triton without the model
    _Row("UNIMPLEMENTED", "", Unavailable),  # a gRPC server that is not Triton
    _Row("CANCELLED", "", Unavailable, True),  # by the server: it is stopping
    _Row("INTERNAL", "RST_STREAM", Unavailable, True),  # connection lost
    _Row("UNKNOWN", "Stream removed", Unavailable, True),  # connection lost
)


def from_status(
    status: str, details: str, *, where: str, retry_after_s: float | None = None
) -> VislexError:
    """The error for a gRPC code and what the server said with it; `where` ends its message.

    `retry_after_s` is what the server asked to wait, if it did: it makes even a rate limit
    transient. Any code that is not in the table is ServerFailed.
    """
    fits = (row for row in _ROWS if row.status == status and row.words in details)
    row = next(fits, _Row(status, "", ServerFailed))
    said = " ".join(details.split()) or "no reason given"  # Triton adds a trace of several lines
    return row.error(
        f"{said} ({where})",
        status=status,
        details=details,
        transient=row.transient or (row.error is Overloaded and retry_after_s is not None),
        retry_after_s=retry_after_s,
    )

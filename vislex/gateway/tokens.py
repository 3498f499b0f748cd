"""Bearer tokens from a file, one a line, reread when the file changes.

No message has a line of the file in it: what is no token may still be a secret.
"""

import hmac
import logging
from collections.abc import Sequence
from pathlib import Path

from vislex.errors import ServerError

_PREFIX = "bearer "
_LOG = logging.getLogger(__name__)

_Stamp = tuple[int, int, int]  # inode, modification time in ns, size


class Tokens:
    """The tokens that may call.

    Raises ServerError where the file cannot be read, has none, or a line is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._stamp, self._tokens = _stamp_of(path), _read(path)
        except (OSError, ValueError) as error:
            raise ServerError(f"cannot use the token file {path}: {_why(error)}") from None

    def accepts(self, authorization: str) -> bool:
        """Whether the `authorization` header carries one of the tokens, compared in constant time.

        A file that has become unusable changes nothing: the tokens last read stay.
        """
        self._reread()
        given = authorization[len(_PREFIX) :].strip().encode()
        if authorization[: len(_PREFIX)].lower() != _PREFIX or not given:
            return False
        # Every token is compared, so the time tells neither which fits nor how far.
        return sum(hmac.compare_digest(given, token) for token in self._tokens) > 0

    def _reread(self) -> None:
        try:
            stamp = _stamp_of(self._path)
            if stamp != self._stamp:
                self._stamp, self._tokens = stamp, _read(self._path)
        except (OSError, ValueError) as error:
            _LOG.error("keeping the tokens read before: %s: %s", self._path, _why(error))


def _stamp_of(path: Path) -> _Stamp:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


def _read(path: Path) -> Sequence[bytes]:
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    tokens = []
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        if len(line.split()) > 1:
            raise ValueError(f"line {number} has white space inside; expected one token a line")
        tokens.append(line.encode())
    if not tokens:
        raise ValueError("it holds no token; expected one a line")
    return tokens


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8; expected one token a line"
    return (isinstance(error, OSError) and error.strerror) or str(error)

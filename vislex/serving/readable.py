"""Paths that Triton's Python backend can read, whatever those that were given look like.

It starts each worker through `bash -c`, with the paths of the worker's program and of the model as
plain words: a space splits them, and `$`, `'` or `&` do worse. What it is given are paths without
any of that, links where need be.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vislex.errors import ServerError
from vislex.network.direct import is_loopback, proxies_off

_PLAIN = re.compile(r"[A-Za-z0-9/._+@%-]+")  # a word to a shell, and the same in every locale
_INSTEAD = ("/tmp", "/var/tmp", "/dev/shm")  # where TMPDIR is no such path


def is_plain(path: Path) -> bool:
    """Whether a shell and a program in any locale read `path` as it is."""
    return _PLAIN.fullmatch(str(path)) is not None


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder with a plain path: under TMPDIR, else under one of the usual places.

    Raises ServerError where there is none.
    """
    for parent in (tempfile.gettempdir(), *_INSTEAD):
        if is_plain(Path(parent)) and os.access(parent, os.W_OK | os.X_OK):
            with tempfile.TemporaryDirectory(prefix="vislex-", dir=parent) as name:
                yield Path(name)
            return
    raise ServerError(
        f"no folder for temporary files: {tempfile.gettempdir()!r} has letters that Triton's "
        f"Python backend cannot read, and {', '.join(_INSTEAD)} cannot be written; expected TMPDIR "
        "to name a folder whose path is of letters a-z, digits, '.', '_' and '-'"
    )


@contextmanager
def readable(repository: Path, scratch: Path) -> Iterator[Path]:
    """The repository at a plain path: its own, or that of a link in `scratch`.

    A ServerError that is raised inside names the repository by its own path. Raises ServerError.
    """
    real = repository.resolve()
    if is_plain(real):
        yield real
        return
    link = scratch / "repository"
    link.symlink_to(real, target_is_directory=True)
    try:
        yield link
    except ServerError as error:
        raise ServerError(str(error).replace(str(link), str(real))) from None


def surroundings(collector: str = "") -> dict[str, str]:
    """What the server's environment needs beside what it is given; `collector` is the host of one.

    All that it connects to is a collector of traces: a proxy is for one that is elsewhere. The
    locale is for the letters of paths, which programs in that of C lose.
    """
    elsewhere = collector and not is_loopback(collector)
    return {**({} if elsewhere else proxies_off(os.environ)), "LC_ALL": "C.UTF-8"}

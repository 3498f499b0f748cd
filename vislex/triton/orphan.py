"""A worker of Triton ends with its server, however the server ended.

The stub looks after its parent by itself, but takes a lock in shared memory first: where the server
was killed while it held that lock, the worker would wait for good and hold its memory.
"""

import os
import threading
import time

_LOOK_S = 2.0


def end_with_parent() -> None:
    """Ends this process, from a thread, soon after the process that started it is gone."""
    threading.Thread(target=_watch, args=(os.getppid(),), name="orphan", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)  # nothing is left to answer to

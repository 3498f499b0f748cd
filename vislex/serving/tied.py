"""Becomes the command it is given, tied to the life of the process that started it.

Run as a script between the two: `preexec_fn` would fork a process that has threads, gRPC's among
them, which is not safe.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:  # else it died before the kernel was asked to tell us
        os.execv(command[0], command)


if __name__ == "__main__":
    main()

"""`python -m training`, in a checkout: how the bundled encoder is taught, and how good it is."""

import sys
from collections.abc import Sequence

from vislex.cli import Command, run, with_commands

PROG = "python -m training"  # not installed, so it has no script of its own
COMMANDS = {
    "train": Command(
        "training.encoder.train",
        "teach the bundled encoder on generated screens",
        "--out build/encoder --minutes 110 --seed 7",
    ),
    "judge-encoder": Command(
        "training.encoder.judge",
        "measure the bundled encoder beside two others",
        "--onnx samples/encoder/onnx/model.onnx --samples samples",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    return run(PROG, with_commands(PROG, __doc__, COMMANDS, extra="export"), argv)


if __name__ == "__main__":
    sys.exit(main())

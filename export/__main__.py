"""`vislex-export`, or `python -m export`: checkpoints into models that a server loads."""

import sys
from collections.abc import Sequence

from vislex.cli import Command, run, with_commands

PROG = "vislex-export"
COMMANDS = {
    "repository": Command(
        "export.repository.write",
        "write a complete model repository that Triton loads",
        "--out build/repository",
    ),
    "siglip2": Command(
        "export.encoders.siglip2",
        "export a SigLIP 2 or SigLIP checkpoint",
        "samples/encoder --out build/int8 --precision int8",
    ),
    "ocr": Command(
        "export.ocr.ppocr",
        "export PP-OCR's detector, recogniser and alphabet",
        "--out build/ocr",
    ),
    "check": Command(
        "export.check",
        "compare exported models with their sources",
        "samples/encoder/onnx --checkpoint samples/encoder --images samples/gallery",
    ),
    "bench": Command(
        "export.bench",
        "measure the full-size encoder's variants",
        "--work build/bench-export",
    ),
    "tiny": Command(
        "export.encoders.tiny",
        "draw a small encoder of SigLIP 2's architecture, not trained",
        "--out build/tiny",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    return run(PROG, with_commands(PROG, __doc__, COMMANDS, extra="export"), argv)


if __name__ == "__main__":
    sys.exit(main())

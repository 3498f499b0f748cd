"""A stand-in for TensorRT's `trtexec`: its engine is its arguments, its answers no embedding."""

import sys
from pathlib import Path

_SCRIPT = """
import json
import numpy
args = dict(arg.split("=", 1) for arg in sys.argv[1:] if "=" in arg)
if "--saveEngine" in args:
    open(args["--saveEngine"], "w").write("\\n".join(sys.argv[1:]))
else:
    files = dict(one.split(":") for one in args["--loadInputs"].split(","))
    shapes = dict(one.split(":") for one in args["--shapes"].split(","))
    size = [int(n) for n in shapes["pixel_values"].split("x")]
    pixels = numpy.fromfile(files["pixel_values"], "float32").reshape(size)
    values = pixels.mean(axis=(0, 1))[:WIDTH]
    answer = [{"name": "EMBEDDING", "dimensions": "1xWIDTH", "values": values.tolist()}]
    open(args["--exportOutput"], "w").write(json.dumps(answer))
"""


def write_trtexec(folder: Path, width: int, script: str = _SCRIPT) -> Path:
    """An executable in `folder` that answers embeddings `width` wide; a `script` of your own."""
    path = folder / "trtexec"
    path.write_text(f"#!{sys.executable}\nimport sys\n{script.replace('WIDTH', str(width))}\n")
    path.chmod(0o755)
    return path

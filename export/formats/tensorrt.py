"""Typed ONNX -> a TensorRT engine, built and run by the `trtexec` of the machine that serves it.

An engine belongs to one TensorRT version and one GPU type, so it is built where it runs: in the
server's container. Networks are strongly typed: precisions come from the types in the ONNX.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from export.formats.shapes import Profile, Sizes
from vislex.contract.images import EMBEDDING
from vislex.contract.spec import Tensors
from vislex.errors import ModelFailed, RepositoryError

_TAIL_CHARACTERS = 2000  # of trtexec's log that an error shows


def build_engine(
    model: Path, plan: Path, profiles: Sequence[Profile], trtexec: str | None = None
) -> None:
    """Builds `plan` from the typed ONNX `model`, tuned for `profiles`; takes minutes.

    Raises RepositoryError where there is no trtexec, or it fails, with the end of its log.
    """
    command = engine_command(trtexec or find_trtexec(), model, plan, profiles)
    if (failure := _failure(command)) is not None:
        raise RepositoryError(failure)


def run_engine(plan: Path, inputs: Tensors, trtexec: str | None = None) -> NDArray[np.float32]:
    """One batch through the engine, (b, d); seconds, as the engine is loaded each time.

    Raises ModelFailed with the end of trtexec's log.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, value in inputs.items():
            value.tofile(Path(folder) / name)
        answer = Path(folder) / "answer.json"
        files = ",".join(f"{name}:{Path(folder) / name}" for name in inputs)
        shapes = ",".join(f"{n}:{'x'.join(map(str, v.shape))}" for n, v in inputs.items())
        command = [
            trtexec or find_trtexec(),
            f"--loadEngine={plan}",
            f"--loadInputs={files}",
            f"--shapes={shapes}",
            f"--exportOutput={answer}",
            "--iterations=1",
            "--duration=0",
            "--warmUp=0",
        ]
        if (failure := _failure(command)) is not None:
            raise ModelFailed(failure)
        tensors = json.loads(answer.read_text(encoding="utf-8"))
        outputs = {tensor["name"]: tensor for tensor in tensors}
    output = outputs[EMBEDDING.name]
    shape = [int(size) for size in output["dimensions"].split("x")]
    return np.array(output["values"], np.float32).reshape(shape)


def _failure(command: Sequence[str]) -> str | None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode == 0:
        return None
    return f"trtexec failed with code {done.returncode}:\n{done.stdout[-_TAIL_CHARACTERS:]}"


def find_trtexec() -> str:
    """Its path. Raises RepositoryError where TensorRT is not installed."""
    in_container = Path("/usr/src/tensorrt/bin/trtexec")  # NVIDIA's images; not on their PATH
    program = shutil.which("trtexec") or (str(in_container) if in_container.is_file() else None)
    if program is None:
        raise RepositoryError(
            "trtexec is not installed, so no TensorRT engine can be built here; run this in the"
            " container that will serve it, or export --format onnx and build there"
        )
    return program


def engine_command(
    trtexec: str, model: Path, plan: Path, profiles: Sequence[Profile]
) -> Sequence[str]:
    """The command line, with the shapes of each profile over the axes the model leaves free."""
    inputs = onnx.load(str(model), load_external_data=False).graph.input
    command = [trtexec, f"--onnx={model}", f"--saveEngine={plan}", "--stronglyTyped"]
    for i, profile in enumerate(profiles):
        command += [
            f"--profile={i}",
            f"--minShapes={_shapes(inputs, profile.least)}",
            f"--optShapes={_shapes(inputs, profile.usual)}",
            f"--maxShapes={_shapes(inputs, profile.most)}",
        ]
    return command


def _shapes(inputs: Sequence[onnx.ValueInfoProto], sizes: Sizes) -> str:
    """`pixel_values:8x256x768,...`: every input, its named axes replaced by sizes."""
    shapes = []
    for tensor in inputs:
        dims = tensor.type.tensor_type.shape.dim
        sides = "x".join(str(sizes.get(dim.dim_param, dim.dim_value)) for dim in dims)
        shapes.append(f"{tensor.name}:{sides}")
    return ",".join(shapes)

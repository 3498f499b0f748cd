"""`python -m loadtest.gpu`: the full-size encoder on an NVIDIA GPU, against what the card can do.

PyTorch in bf16, and ONNX Runtime and TensorRT where they are installed; FAISS on the GPU where it
is built in. The pipeline itself is measured there as anywhere, by `python -m loadtest.bench` over a
repository that was written for the GPU.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import onnxruntime as ort

from export.bench import SO400M
from export.encoders.checkpoint import open_checkpoint
from export.encoders.load import load_tower
from export.encoders.small import Size
from loadtest.lookup import DIM, TOP_K, draw_vectors
from loadtest.tables import table
from vislex.cli import guard, new_parser
from vislex.contract.images import (
    MAX_NUM_PATCHES,
    PATCH_VALUES,
    PIXEL_MASK,
    PIXEL_VALUES,
    SPATIAL_SHAPES,
)
from vislex.errors import VislexError

_PROG = "python -m loadtest.gpu"

BATCHES = (1, 2, 4, 8, 16, 32, 64)
_GRID = (23, 11)  # patches of a 1080 x 2400 screen
_SECONDS = 2.0  # of each measurement, after a warm-up
_MATRIX_SIDE, _COPY_BYTES = 8192, 2**30


class NoGpu(VislexError):
    """This machine has no NVIDIA GPU that PyTorch can use."""


@dataclass(frozen=True)
class Ceilings:
    """What the card does at its best: copying memory, and multiplying bf16 matrices."""

    copy_gb_s: float  # read and written
    matrix_tflop_s: float


@dataclass(frozen=True)
class Speed:
    """One engine at one batch size."""

    engine: str
    batch: int
    images_per_s: float
    matrix_share: float  # of the matrix ceiling that the encoder's arithmetic reaches, 0..1


def flops_per_image(size: Size, patches: int = MAX_NUM_PATCHES) -> float:
    """Arithmetic of one image in the tower's layers; embedding and pooling are under 1 % of it.

    Two operations for each weight and patch (queries, keys, values, output: 4 d^2; the MLP: 2 d m),
    and for attention 4 d for each pair of patches.
    """
    weights = 4 * size.hidden**2 + 2 * size.hidden * size.mlp
    return size.layers * patches * (2.0 * weights + 4.0 * size.hidden * patches)


def measure_ceilings(torch: Any) -> Ceilings:
    matrix = torch.randn(_MATRIX_SIDE, _MATRIX_SIDE, device="cuda", dtype=torch.bfloat16)
    source = torch.empty(_COPY_BYTES, device="cuda", dtype=torch.uint8)
    target = torch.empty_like(source)
    multiplied = _per_s(lambda: matrix @ matrix, torch.cuda.synchronize)
    copied = _per_s(lambda: target.copy_(source), torch.cuda.synchronize)
    return Ceilings(2 * _COPY_BYTES * copied / 1e9, 2 * _MATRIX_SIDE**3 * multiplied / 1e12)


def measure_torch(torch: Any, checkpoint: Path, ceilings: Ceilings) -> list[Speed]:
    """transformers' own tower in bf16."""
    tower = load_tower(open_checkpoint(checkpoint), "vision").to("cuda", torch.bfloat16)

    def run(batch: int) -> Callable[[], Any]:
        given = {name: torch.from_numpy(value).cuda() for name, value in inputs(batch).items()}
        given[PIXEL_VALUES.name] = given[PIXEL_VALUES.name].to(torch.bfloat16)
        return lambda: tower(**given)

    with torch.inference_mode():
        return _speeds("PyTorch bf16", run, torch.cuda.synchronize, ceilings)


def measure_onnx(model: Path, ceilings: Ceilings) -> list[Speed]:
    """Every ONNX Runtime provider for a GPU that is installed; none is no error."""
    speeds = []
    for provider in ("CUDAExecutionProvider", "TensorrtExecutionProvider"):
        if provider not in ort.get_available_providers():
            continue
        session = ort.InferenceSession(str(model), providers=[provider])

        def run(batch: int, session: ort.InferenceSession = session) -> Callable[[], Any]:
            given = inputs(batch)
            return lambda: session.run(None, given)

        speeds += _speeds(provider.removesuffix("ExecutionProvider"), run, lambda: None, ceilings)
    return speeds


def measure_faiss(vectors: int) -> dict[str, float]:
    """Milliseconds of one exact look-up among that many vectors; the GPU's, if FAISS has it."""
    drawn = draw_vectors(vectors, np.random.default_rng(0))
    index = faiss.IndexFlatIP(DIM)
    index.add(drawn)
    found = {"CPU": 1000 / _per_s(lambda: index.search(drawn[:1], TOP_K), lambda: None)}
    if hasattr(faiss, "StandardGpuResources"):
        on_gpu = faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), 0, index)
        found["GPU"] = 1000 / _per_s(lambda: on_gpu.search(drawn[:1], TOP_K), lambda: None)
    return found


def inputs(batch: int) -> dict[str, np.ndarray[Any, Any]]:
    """`batch` images of noise, as a screen's patches lie."""
    count = _GRID[0] * _GRID[1]
    pixels = np.zeros((batch, MAX_NUM_PATCHES, PATCH_VALUES), np.float32)
    pixels[:, :count] = np.random.default_rng(0).uniform(-1, 1, (batch, count, PATCH_VALUES))
    mask = np.zeros((batch, MAX_NUM_PATCHES), np.int32)
    mask[:, :count] = 1
    shapes = np.tile(np.array(_GRID, np.int32), (batch, 1))
    return {PIXEL_VALUES.name: pixels, PIXEL_MASK.name: mask, SPATIAL_SHAPES.name: shapes}


def _speeds(
    engine: str, run: Callable[[int], Callable[[], Any]], wait: Callable[[], Any], top: Ceilings
) -> list[Speed]:
    speeds = []
    for batch in BATCHES:
        per_s = batch * _per_s(run(batch), wait)
        share = per_s * flops_per_image(SO400M) / 1e12 / top.matrix_tflop_s
        speeds.append(Speed(engine, batch, per_s, share))
    return speeds


def _per_s(run: Callable[[], Any], wait: Callable[[], Any]) -> float:
    """Runs a second, over at least `_SECONDS`; `wait` returns when all that was asked is done."""
    for _ in range(3):
        run()
    wait()
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < _SECONDS:
        for _ in range(5):
            run()
        wait()
        count += 5
    return count / (time.perf_counter() - started)


def require_gpu() -> Any:
    """PyTorch, or NoGpu."""
    import torch

    if not torch.cuda.is_available():
        raise NoGpu("PyTorch finds no NVIDIA GPU here; this benchmark measures nothing else")
    return torch


def main(arguments: Sequence[str] | None = None) -> int:
    return guard(_PROG, lambda: _measure(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    parser = new_parser(_PROG, __doc__, "--so400m build/bench-export")
    parser.add_argument(
        "--so400m",
        type=Path,
        default=Path("build/bench-export"),
        metavar="DIR",
        help="what `make bench-export` made",
    )
    parser.add_argument(
        "--lookup", type=int, default=100_000, metavar="N", help="vectors of the gallery"
    )
    return parser


def _measure(options: argparse.Namespace) -> None:
    torch = require_gpu()
    ceilings = measure_ceilings(torch)
    speeds = measure_torch(torch, options.so400m / "checkpoint", ceilings)
    speeds += measure_onnx(options.so400m / "onnx-fp32" / "model.onnx", ceilings)
    _print(torch.cuda.get_device_name(), ceilings, speeds, measure_faiss(options.lookup))


def _print(
    card: str, ceilings: Ceilings, speeds: Sequence[Speed], lookups: dict[str, float]
) -> None:
    print(
        f"{card}: copies {ceilings.copy_gb_s:.0f} GB/s, multiplies bf16 at"
        f" {ceilings.matrix_tflop_s:.0f} TFLOP/s\n"
    )
    rows = [
        (s.engine, str(s.batch), f"{s.images_per_s:.0f}", f"{s.matrix_share:.0%}") for s in speeds
    ]
    print(table(("engine", "batch", "img/s", "of the matrix ceiling"), rows))
    print("\nexact look-up: " + ", ".join(f"{where} {ms:.2f} ms" for where, ms in lookups.items()))


if __name__ == "__main__":
    sys.exit(main())

"""8-bit products give the same sums on CPUs with VNNI and without.

Without it, each pair of products is added in 16 signed bits, which saturate. `saturating` is that
arithmetic in NumPy (Intel's `pmaddubsw`); a real run on such a CPU needs QEMU (`qemu-user`).
"""

import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from export.encoders.checkpoint import open_checkpoint
from export.encoders.load import load_tower
from export.encoders.optimum_siglip2 import write_onnx
from export.encoders.verify import image_inputs
from export.formats.quantize import bounded_weights, quantize
from export.images import checked_images
from export.repository.encoder import BUNDLED
from vislex.errors import RepositoryError
from vislex.infer.probe import PROBE_FILE

PROJECT = Path(__file__).parents[2]
_ROWS = 4  # of each activation: every row meets every weight
_EMULATED = """
import sys
from pathlib import Path
from export.manifest import sha256_of
from vislex.infer.onnx import open_model
from vislex.infer.probe import Probe, _read, require_same
path = Path(sys.argv[2])
probe = Probe("int8", *_read(path, sha256_of(path)), least=0.999, forced=False)
run = open_model(Path(sys.argv[1]), {})
require_same(lambda model, inputs: run(["EMBEDDING"], inputs), probe)
"""


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The bundled encoder in int8 as it is exported, and with full 8-bit weights."""
    folder = tmp_path_factory.mktemp("int8")
    source = folder / "model.onnx"
    write_onnx(load_tower(open_checkpoint(BUNDLED.parent), "vision"), source)
    quantize(source, folder / "bounded.onnx")
    kept = [n.name for n in onnx.load(str(source)).graph.node if "position" in str(n.input)]
    quantize_dynamic(
        source, folder / "full.onnx", op_types_to_quantize=["MatMul"], per_channel=True,
        weight_type=QuantType.QInt8, nodes_to_exclude=kept,
    )  # fmt: skip
    return {name: folder / f"{name}.onnx" for name in ("bounded", "full")}


def saturating(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.int64]:
    """(m, k) uint8 times (k, n) int8: pairs of products in saturating int16, their sums exact."""
    odd = len(b) % 2
    a = np.pad(a.astype(np.int32), ((0, 0), (0, odd)))
    b = np.pad(b.astype(np.int32), ((0, odd), (0, 0)))
    pairs = a[:, 0::2, None] * b[0::2] + a[:, 1::2, None] * b[1::2]
    return np.asarray(np.clip(pairs, -(2**15), 2**15 - 1).sum(axis=1, dtype=np.int64))


def products(path: Path) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Every 8-bit product of a model: rows of its activations over a real image, and weights."""
    model = onnx.load(str(path))
    nodes = [node for node in model.graph.node if node.op_type == "MatMulInteger"]
    names = sorted({node.input[0] for node in nodes})
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    image = image_inputs(open_checkpoint(BUNDLED.parent), checked_images()[-1:])[0]
    found = dict(zip(names, session.run(names, dict(image)), strict=True))
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    return [
        (
            found[node.input[0]].reshape(-1, found[node.input[0]].shape[-1])[:_ROWS],
            numpy_helper.to_array(weights[node.input[1]]),
        )
        for node in nodes
    ]


@pytest.mark.parametrize("form", ["bounded", "full"])
def test_only_bounded_weights_give_exact_sums_everywhere(forms: dict[str, Path], form: str) -> None:
    real: list[bool] = []
    worst: list[bool] = []
    for activations, weights in products(forms[form]):
        for kind, a in ((real, activations), (worst, np.full_like(activations[:1], 255))):
            kind.append(np.array_equal(saturating(a, weights), a.astype(np.int64) @ weights))
    assert len(real) > 40
    assert all(real) == all(worst) == (form == "bounded")


@pytest.mark.parametrize("rows", [1, 2, 7, 64])
def test_bounded_weights_lose_less_than_seven_bits_do(rows: int) -> None:
    weights = np.random.default_rng(rows).standard_normal((rows, 50)).astype(np.float32)
    weights[:, 0] = 0
    values, scale = bounded_weights(weights)
    assert values.dtype == np.int8
    assert np.abs(values * scale - weights).max() <= scale.max() / 2 + 1e-6
    assert (scale[1:] <= 2 * np.abs(weights).max(axis=0)[1:] / 127 * (1 + 1e-6)).all()
    a = np.full((1, rows), 255)
    np.testing.assert_array_equal(saturating(a, values), a @ values.astype(np.int64))


@pytest.mark.long
@pytest.mark.skipif(
    shutil.which("qemu-x86_64") is None or platform.machine() != "x86_64",
    reason="a CPU without VNNI is emulated by qemu-x86_64 (Debian: qemu-user, 7.2 or newer)",
)
def test_the_probe_tells_the_forms_apart_on_a_cpu_without_vnni(
    forms: dict[str, Path],
) -> None:
    """The runtime itself, with AVX2 and nothing newer."""

    def run(form: str) -> str:
        done = subprocess.run(
            ["qemu-x86_64", "-cpu", "Haswell", sys.executable, "-c", _EMULATED, str(forms[form]),
             str(BUNDLED / PROBE_FILE)],
            cwd=PROJECT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return "" if done.returncode == 0 else done.stderr

    assert run("bounded") == ""
    said = run("full")
    assert RepositoryError.__name__ in said
    assert "computes otherwise on this machine" in said

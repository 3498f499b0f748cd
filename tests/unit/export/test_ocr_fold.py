"""Rewritten graphs answer what the originals do, in fewer nodes."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from export.ocr.fold import fold
from export.ocr.wheels import WHEELS, WheelFile, read_wheel

V4 = WHEELS["v4"]
SIZES = {V4.det: (1, 3, 96, 64), V4.rec: (2, 3, 48, 96)}


def answer(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x})[0])


def tiny(*, pad: int, taker: str = "Conv", also_out: bool = False) -> onnx.ModelProto:
    """Conv, scale, shift, hard swish, scale, shift, then a node that takes it: as in PP-LCNetV3."""
    rng = np.random.default_rng(0)
    numbers = {"a": 1.5, "b": 0.5, "three": 3, "zero": 0, "six": 6, "c": 0.7, "d": -0.2}
    weights = {name: np.array(value, np.float32) for name, value in numbers.items()}
    for name, shape in {"w": (4, 3, 3, 3), "v": (4,), "w2": (5, 4, 3, 3), "v2": (5,)}.items():
        weights[name] = rng.normal(size=shape).astype(np.float32)
    last = helper.make_node(taker, ["scaled"], ["y"])
    if taker == "Conv":
        last = helper.make_node("Conv", ["scaled", "w2", "v2"], ["y"], pads=[pad] * 4)
    nodes = [
        helper.make_node("Conv", ["x", "w", "v"], ["conv"], pads=[1] * 4),
        helper.make_node("Mul", ["a", "conv"], ["conv_a"]),
        helper.make_node("Add", ["conv_a", "b"], ["h"]),
        helper.make_node("Add", ["h", "three"], ["h3"]),
        helper.make_node("Clip", ["h3", "zero", "six"], ["clipped"]),
        helper.make_node("Mul", ["h", "clipped"], ["product"]),
        helper.make_node("Div", ["product", "six"], ["swish"]),
        helper.make_node("Mul", ["c", "swish"], ["swish_c"]),
        helper.make_node("Add", ["swish_c", "d"], ["scaled"]),
        last,
    ]
    names, dims = ["y", "scaled"] if also_out else ["y"], ["n", "c", "h", "w"]
    graph = helper.make_graph(
        nodes, "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name in names],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=8)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (tiny(pad=0), "Conv HardSigmoid Mul Conv"),
        (tiny(pad=1), "Conv HardSigmoid Mul BatchNormalization Conv"),  # a shifted border is not 0
        (tiny(pad=0, taker="Relu"), "Conv HardSigmoid Mul BatchNormalization Relu"),
        (tiny(pad=0, also_out=True), "Conv HardSigmoid Mul BatchNormalization Conv"),
    ],
    ids=["plain", "padded", "another taker", "leaves the graph"],
)
def test_scales_shifts_and_swishes_are_folded(model: onnx.ModelProto, expected: str) -> None:
    x = np.random.default_rng(1).normal(size=(1, 3, 8, 8)).astype(np.float32)
    before = answer(model, x)
    folded = fold(model)
    onnx.checker.check_model(folded)
    assert [node.op_type for node in folded.graph.node] == expected.split()
    np.testing.assert_allclose(answer(folded, x), before, rtol=1e-5, atol=1e-5)


def test_a_gate_with_a_residual_is_one_product() -> None:
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["mean"]),
        helper.make_node("HardSigmoid", ["mean"], ["gate"]),
        helper.make_node("Mul", ["x", "gate"], ["gated"]),
        helper.make_node("Add", ["x", "gated"], ["y"]),
    ]
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3, 8, 8]) for n in "xy"]
    graph = helper.make_graph(nodes, "gate", values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=8)
    x = np.random.default_rng(1).normal(size=(1, 3, 8, 8)).astype(np.float32)
    before = answer(model, x)
    kinds = [node.op_type for node in fold(model).graph.node]
    assert kinds == ["GlobalAveragePool", "HardSigmoid", "Add", "Mul"]
    np.testing.assert_allclose(answer(model, x), before, rtol=1e-6)


@pytest.mark.parametrize("file", SIZES, ids=lambda file: file.name)
def test_published_models_answer_the_same(file: WheelFile) -> None:
    (content,) = read_wheel(V4, (file,))
    original = onnx.load_from_string(content)
    folded = fold(onnx.load_from_string(content))
    kinds = Counter(node.op_type for node in folded.graph.node)
    assert not kinds["Clip"]
    assert len(folded.graph.node) < 0.5 * len(original.graph.node)
    x = np.random.default_rng(0).uniform(-1, 1, SIZES[file]).astype(np.float32)
    np.testing.assert_allclose(answer(folded, x), answer(original, x), atol=1e-5)


def test_a_graph_without_such_patterns_stays_as_it_is() -> None:
    (content,) = read_wheel(WHEELS["v6"], (WHEELS["v6"].det,))
    model = onnx.load_from_string(content)
    assert fold(onnx.load_from_string(content)).graph.node == model.graph.node

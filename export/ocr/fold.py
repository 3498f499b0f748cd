"""Exact rewrites of PP-OCRv4's graphs into fewer operations that a runtime knows better.

Paddle's exporter spells a hard swish as four operations, and PP-LCNetV3's learnt scale and shift on
either side of it as two each. ONNX Runtime has no kernels for those in its blocked layout, so it
converts activations there and back between them, which took over 40 % of both models' time.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_Array = NDArray[np.float64]


def fold(model: onnx.ModelProto) -> onnx.ModelProto:
    """Rewrites a graph in place: its outputs stay equal up to rounding.

    A graph without such patterns stays as it is.
    """
    graph = _Graph(model.graph)
    for rewrite in (
        _hard_swish,
        _affine_into_conv,
        _affine_into_next,
        _affine_as_norm,
        _residual_gate,
    ):
        for node in list(graph.nodes.values()):
            rewrite(graph, node)
    graph.store(model.graph)
    return model


@dataclass(frozen=True)
class _Affine:
    source: str
    scaled: str  # source * scale
    scale: float
    shift: float


class _Graph:
    """A graph's nodes by their first output; rewrites edit nodes where they stand, or drop them."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.nodes = {node.output[0]: node for node in graph.node}
        self._weights = {weight.name: weight for weight in graph.initializer}
        self._outputs = {output.name for output in graph.output}

    def maker(self, tensor: str, op_type: str) -> onnx.NodeProto | None:
        node = self.nodes.get(tensor)
        return node if node is not None and node.op_type == op_type else None

    def takers(self, tensor: str) -> list[onnx.NodeProto]:
        """Every node that takes a tensor; none where it leaves the graph as well."""
        if tensor in self._outputs:
            return []
        return [node for node in self.nodes.values() if tensor in node.input]

    def value(self, tensor: str) -> _Array | None:
        """The value of a constant."""
        if tensor in self._weights:
            return np.asarray(numpy_helper.to_array(self._weights[tensor]), np.float64)
        if (node := self.maker(tensor, "Constant")) is None:
            return None
        return np.asarray(numpy_helper.to_array(node.attribute[0].t), np.float64)

    def add(self, name: str, value: _Array) -> str:
        """A new constant in float32; answers its name."""
        self._weights[name] = numpy_helper.from_array(value.astype(np.float32), name)
        return name

    def with_number(self, node: onnx.NodeProto | None, op_type: str) -> tuple[str, float] | None:
        """The tensor and the one number that a node of this type combines."""
        if node is None or node.op_type != op_type:
            return None
        for tensor, number in (node.input[:], node.input[::-1]):
            value = self.value(number)
            if value is not None and value.size == 1:
                return tensor, float(value.item())
        return None

    def affine(self, shift: onnx.NodeProto) -> _Affine | None:
        """What `shift` does where it adds a number to what a Mul scaled by another."""
        if (added := self.with_number(shift, "Add")) is None or len(self.takers(added[0])) != 1:
            return None
        scaled = self.with_number(self.nodes.get(added[0]), "Mul")
        return None if scaled is None else _Affine(scaled[0], added[0], scaled[1], added[1])

    def replace(self, old: onnx.NodeProto, new: onnx.NodeProto) -> None:
        """Puts a node in another's place, whatever it makes."""
        self.nodes = {n.output[0]: n for n in (new if m is old else m for m in self.nodes.values())}

    def drop(self, *tensors: str) -> None:
        for tensor in tensors:
            del self.nodes[tensor]

    def store(self, graph: onnx.GraphProto) -> None:
        taken = self._outputs.union(*(node.input for node in self.nodes.values()))
        kept = [n for n in self.nodes.values() if n.op_type != "Constant" or n.output[0] in taken]
        weights = [weight for name, weight in self._weights.items() if name in taken]
        del graph.node[:], graph.initializer[:]
        graph.node.extend(kept)
        graph.initializer.extend(weights)


def _hard_swish(graph: _Graph, last: onnx.NodeProto) -> None:
    """x * clip(x + 3, 0, 6) / 6 -> x * HardSigmoid(x)."""
    sixth = graph.with_number(last, "Div")
    product = sixth and graph.maker(sixth[0], "Mul")
    if not sixth or not product or sixth[1] != 6:
        return
    x, clipped = product.input
    clip = graph.maker(clipped, "Clip")
    added = clip and graph.with_number(graph.nodes.get(clip.input[0]), "Add")
    if not clip or added != (x, 3.0) or [graph.value(limit) for limit in clip.input[1:]] != [0, 6]:
        return
    between = (clip.input[0], clipped, product.output[0])
    if any(len(graph.takers(tensor)) != 1 for tensor in between):
        return
    graph.drop(clip.input[0], product.output[0])
    gate = helper.make_node("HardSigmoid", [x], [clipped], alpha=1 / 6, beta=0.5)
    clip.CopyFrom(gate)
    last.CopyFrom(helper.make_node("Mul", [x, clipped], [last.output[0]]))


def _affine_into_conv(graph: _Graph, shift: onnx.NodeProto) -> None:
    """Conv, scaled and shifted -> Conv of other weights."""
    affine = graph.affine(shift)
    conv = affine and graph.maker(affine.source, "Conv")
    if not affine or not conv or len(conv.input) != 3 or len(graph.takers(affine.source)) != 1:
        return
    weight, bias = (graph.value(name) for name in conv.input[1:])
    if weight is None or bias is None:
        return
    _set_weights(graph, conv, weight * affine.scale, bias * affine.scale + affine.shift)
    conv.output[0] = shift.output[0]
    graph.drop(affine.source, affine.scaled)
    shift.CopyFrom(conv)


def _affine_into_next(graph: _Graph, shift: onnx.NodeProto) -> None:
    """Scaled, shifted, then Conv -> Conv of other weights, where no border of zeros is added."""
    affine = graph.affine(shift)
    takers = graph.takers(shift.output[0])
    if not affine or not takers or not all(map(_is_plain_conv, takers)):
        return
    for conv in takers:
        weight, bias = (graph.value(name) for name in conv.input[1:])
        if weight is None or bias is None:
            return
        shifted = bias + affine.shift * weight.sum(axis=(1, 2, 3))
        _set_weights(graph, conv, weight * affine.scale, shifted)
        conv.input[0] = affine.source
    graph.drop(affine.scaled, shift.output[0])


def _affine_as_norm(graph: _Graph, shift: onnx.NodeProto) -> None:
    """Scaled and shifted -> BatchNormalization, which ONNX Runtime runs in its blocked layout."""
    affine = graph.affine(shift)
    channels = affine and _channels(graph, affine.source)
    if not affine or not channels:
        return
    out = shift.output[0]
    numbers = {"scale": affine.scale, "shift": affine.shift, "mean": 0.0, "variance": 1.0}
    names = [graph.add(f"{out}/{n}", np.full(channels, value)) for n, value in numbers.items()]
    graph.drop(affine.scaled)
    norm = helper.make_node("BatchNormalization", [affine.source, *names], [out], epsilon=0.0)
    shift.CopyFrom(norm)


def _residual_gate(graph: _Graph, total: onnx.NodeProto) -> None:
    """x + x * gate -> x * (gate + 1), where a gate is one number a channel."""
    product = total.op_type == "Add" and graph.maker(total.input[1], "Mul")
    if not product or product.input[0] != total.input[0] or len(graph.takers(total.input[1])) != 1:
        return
    x, gate = product.input
    if graph.maker(gate, "HardSigmoid") is None:
        return
    raised = f"{gate}/raised"
    one = graph.add(f"{gate}/one", np.ones(1))
    total.CopyFrom(helper.make_node("Mul", [x, raised], [total.output[0]]))
    graph.replace(product, helper.make_node("Add", [gate, one], [raised]))


def _set_weights(graph: _Graph, conv: onnx.NodeProto, weight: _Array, bias: _Array) -> None:
    name = conv.output[0]
    conv.input[1:] = [graph.add(f"{name}/weight", weight), graph.add(f"{name}/bias", bias)]


def _is_plain_conv(node: onnx.NodeProto) -> bool:
    pads = [v for attribute in node.attribute if attribute.name == "pads" for v in attribute.ints]
    return node.op_type == "Conv" and len(node.input) == 3 and not any(pads)


def _channels(graph: _Graph, tensor: str) -> int | None:
    """How many channels a tensor has, where a Conv stands before it and its activation."""
    node = graph.nodes.get(tensor)
    if node is None or node.op_type not in ("Conv", "Mul"):
        return None
    if node.op_type == "Mul":
        return _channels(graph, node.input[0])
    weight = graph.value(node.input[1])
    return None if weight is None else len(weight)

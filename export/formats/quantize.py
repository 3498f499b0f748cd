"""Dynamic int8: weights quantized once, per output channel; activations measured at run time.

ONNX Runtime measures one range per tensor, the whole batch included, so an embedding depends a
little on what it is batched with (on the bundled encoder by up to 1.2e-4 in cosine).

CPUs without VNNI multiply unsigned activations with signed weights two rows at a time and add
each pair of products in 16 signed bits (`pmaddubsw`), which saturate. So weights are scaled until
no pair of rows can reach that: what full 8 bits keep, and the same sums on every CPU.
"""

import logging
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from vislex.contract.images import SPATIAL_SHAPES
from vislex.errors import RepositoryError

_POSITION_TABLE = "position_embedding.weight"
_LARGEST = 127  # of a weight; and of a pair of one sign, which rounding may take to 128:
# 255 * 128 is 32,640, and 16 bits hold 32,767.


def quantize(model: Path, out: Path) -> None:
    """Writes the int8 variant of the float32 `model` to `out`.

    In a NaFlex tower the product with the position table stays float32: its other factor is a
    set of interpolation weights, and 8 bits of them would move every patch. Raises
    RepositoryError when such a tower has no such product: it is not what was measured.
    """
    graph = onnx.load(str(model), load_external_data=False).graph
    kept = _position_products(graph)
    if not kept and SPATIAL_SHAPES.name in {value.name for value in graph.input}:
        raise RepositoryError(f"{model} has no product with a position table to keep in float32")
    logging.getLogger().addFilter(_not_the_advice)
    try:
        quantize_dynamic(
            model,
            out,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=kept,
        )
    finally:
        logging.getLogger().removeFilter(_not_the_advice)
    _bound_pairs(graph, model.parent, out)


def bounded_weights(
    weights: NDArray[np.float32],
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:  # (k, n) -> (k, n), (n,)
    """8-bit weights and the scale of each column, so that no pair of rows can saturate.

    Rows 2i and 2i + 1 are a pair. Where both have one sign, their sizes add up to at most 128.
    """
    odd = np.zeros((len(weights) % 2, weights.shape[1]), np.float32)
    pairs = np.concatenate([weights, odd]).reshape(-1, 2, weights.shape[1])
    up, down = np.maximum(pairs, 0).sum(axis=1), np.maximum(-pairs, 0).sum(axis=1)
    largest = np.maximum(up, down).max(axis=0)
    scale = np.where(largest > 0, largest / _LARGEST, 1.0).astype(np.float32)
    return np.clip(np.rint(weights / scale), -_LARGEST, _LARGEST).astype(np.int8), scale


def _bound_pairs(source: onnx.GraphProto, folder: Path, out: Path) -> None:
    """Puts bounded weights in the place of those that the quantizer wrote."""
    model = onnx.load(str(out))
    floats = {tensor.name: tensor for tensor in source.initializer}
    turned = {node.input[1] for node in source.node if _is_turned(node)}
    written = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            name = node.input[1].removesuffix("_quantized")
            weights = numpy_helper.to_array(floats[name], str(folder))
            weights = weights.T if name in turned else weights
            values, scale = bounded_weights(weights)
            written[f"{name}_quantized"].CopyFrom(
                numpy_helper.from_array(values, f"{name}_quantized")
            )
            written[f"{name}_scale"].CopyFrom(numpy_helper.from_array(scale, f"{name}_scale"))
    onnx.save(model, str(out))


def _is_turned(node: onnx.NodeProto) -> bool:
    """Whether it is a Gemm over transposed weights; the quantizer turns them for its MatMul."""
    return node.op_type == "Gemm" and any(a.name == "transB" and a.i == 1 for a in node.attribute)


def _not_the_advice(record: logging.LogRecord) -> bool:
    """Drops the quantizer's advice to optimize the graph first; the runtime does when it loads."""
    return "pre-processing" not in record.getMessage()


def _position_products(graph: onnx.GraphProto) -> list[str]:
    return [
        node.name
        for node in graph.node
        if node.op_type == "MatMul" and any(name.endswith(_POSITION_TABLE) for name in node.input)
    ]

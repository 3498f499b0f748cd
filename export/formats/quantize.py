"""Dynamic int8: weights quantized once, per output channel; activations measured at run time.

ONNX Runtime measures one range per tensor, the whole batch included, so an embedding depends a
little on what it is batched with (on the bundled encoder by up to 1.2e-4 in cosine).
"""

import logging
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from vislex.contract import SPATIAL_SHAPES
from vislex.errors import RepositoryError

_POSITION_TABLE = "position_embedding.weight"


def quantize(model: Path, out: Path) -> None:
    """Writes the int8 variant of the float32 `model` to `out`.

    In a NaFlex tower the product with the position table stays float32: its other factor is a
    set of interpolation weights, and 8 bits of them would move every patch. Raises
    RepositoryError when such a tower has no such product: it is not what was measured.
    """
    graph = onnx.load(str(model), load_external_data=False).graph
    kept = _position_products(graph)
    if not kept and SPATIAL_SHAPES.name in {one.name for one in graph.input}:
        raise RepositoryError(f"{model} has no product with a position table to keep in float32")
    logging.getLogger().addFilter(_not_the_advice)
    try:
        quantize_dynamic(
            model, out, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True,
            weight_type=QuantType.QInt8, nodes_to_exclude=kept,
        )  # fmt: skip
    finally:
        logging.getLogger().removeFilter(_not_the_advice)


def _not_the_advice(record: logging.LogRecord) -> bool:
    """Drops the quantizer's advice to optimize the graph first; the runtime does when it loads."""
    return "pre-processing" not in record.getMessage()


def _position_products(graph: onnx.GraphProto) -> list[str]:
    return [
        node.name
        for node in graph.node
        if node.op_type == "MatMul" and any(name.endswith(_POSITION_TABLE) for name in node.input)
    ]

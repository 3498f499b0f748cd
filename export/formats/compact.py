"""Weights that came from float16 are stored as float16 again, without a bit of loss.

Computing stays float32: ONNX Runtime widens the weights once, when it opens the model. A
checkpoint saved in half precision so makes a file of half the size.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_SMALLEST = 1024  # values; below that a Cast costs more than it saves


def compact(path: Path) -> None:
    """Rewrites the ONNX at `path`: each float32 weight that float16 holds exactly becomes that."""
    model = onnx.load(str(path))
    graph = model.graph
    casts, weights = [], []
    for weight in graph.initializer:
        narrow = _narrow(weight)
        weights.append(narrow or weight)
        if narrow is not None:
            cast = helper.make_node("Cast", [narrow.name], [weight.name], to=TensorProto.FLOAT)
            casts.append(cast)
    if not casts:
        return
    nodes = list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(weights)
    graph.node.extend([*casts, *nodes])
    onnx.save(model, str(path))


def _narrow(weight: TensorProto) -> TensorProto | None:
    """The weight in float16 under another name, or None where that would change a value."""
    if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < _SMALLEST:
        return None
    values = numpy_helper.to_array(weight)
    with np.errstate(over="ignore"):  # beyond float16 becomes infinite, and so differs
        half = values.astype(np.float16)
    if not np.array_equal(half.astype(np.float32), values):
        return None
    return numpy_helper.from_array(half, f"{weight.name}_half")

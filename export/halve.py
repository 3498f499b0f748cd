"""Storing a float32 model's weights as float16: half the file, computed in float32 all the same.

Lossless where the checkpoint was float16 to begin with. The runtime widens the weights once, when
it loads the model. Unlike dynamic int8, whose activation range is that of the whole batch, the
answer to an image does not depend on what it was batched with.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_LEAST_VALUES = 1024  # smaller tensors (biases, norms) save nothing worth a node


def halve(path: Path) -> None:
    """Rewrites the ONNX file at `path` with its large float32 weights stored as float16."""
    model = onnx.load(path)
    graph, weights, casts = model.graph, [], []
    for weight in graph.initializer:
        if weight.data_type == TensorProto.FLOAT and np.prod(weight.dims) >= _LEAST_VALUES:
            half = numpy_helper.to_array(weight).astype(np.float16)
            casts.append(
                helper.make_node(
                    "Cast", [f"{weight.name}_half"], [weight.name], to=TensorProto.FLOAT
                )
            )
            weights.append(numpy_helper.from_array(half, f"{weight.name}_half"))
        else:
            weights.append(weight)
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(weights)
    graph.node.extend(nodes)
    onnx.save(model, path)

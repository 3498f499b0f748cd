"""Models of the same server behind the port, over Triton's business logic scripting (BLS)."""

from typing import Any

import numpy as np
import triton_python_backend_utils as pb

from vislex.contract.spec import ModelSpec, Tensors
from vislex.errors import ModelFailed


def bls_infer(model: ModelSpec, inputs: Tensors, trace: Any = None) -> Tensors:
    """An `Infer`: runs one batch on another model of this server and waits for it.

    `trace` is that of the request which caused it: the model's span becomes a child of its span.
    Raises ModelFailed with that model's own message.
    """
    traced = {} if trace is None else {"trace": trace}  # its own default is no trace, and not None
    response = pb.InferenceRequest(
        model_name=model.name,
        requested_output_names=[output.name for output in model.outputs],
        inputs=[
            pb.Tensor(spec.name, np.ascontiguousarray(inputs[spec.name])) for spec in model.inputs
        ],
        # Without it a model on a GPU answers in GPU memory, and as_numpy() fails. Triton adds these
        # names to its module after ours are imported, so they cannot be a constant above.
        preferred_memory=pb.PreferredMemory(pb.TRITONSERVER_MEMORY_CPU, 0),
        **traced,
    ).exec()
    if response.has_error():
        raise ModelFailed(f"{model.name}: {response.error().message()}")
    return {
        spec.name: pb.get_output_tensor_by_name(response, spec.name).as_numpy()
        for spec in model.outputs
    }

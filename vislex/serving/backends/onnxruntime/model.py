"""The embedded server's stand-in for Triton's C++ `onnxruntime` backend, over the same configs.

Reads each model's own `config.pbtxt` (tensors, batching, `parameters`), so that a repository moves
to production unchanged.
"""

import json
from pathlib import Path

import numpy as np
import triton_python_backend_utils as pb_utils

from vislex.infer.onnx import open_session, run_session
from vislex.infer.triton import answer_batch


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        version = Path(args["model_repository"]) / args["model_version"]
        parameters = {k: v["string_value"] for k, v in config.get("parameters", {}).items()}
        self.inputs = [tensor["name"] for tensor in config["input"]]
        self.outputs = [tensor["name"] for tensor in config["output"]]
        self.session = open_session(
            version / (config["default_model_filename"] or "model.onnx"), parameters
        )

    def execute(self, requests):
        return answer_batch(requests, self._unpack, self._run)

    def _unpack(self, request):
        return [pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in self.inputs]

    def _run(self, requests):
        """One run over all requests; each brings its own batch of one or more items."""
        stacked = {
            name: np.concatenate(arrays) if len(arrays) > 1 else arrays[0]
            for name, arrays in zip(self.inputs, zip(*requests, strict=True), strict=True)
        }
        outputs = run_session(self.session, self.outputs, stacked)
        ends = np.cumsum([request[0].shape[0] for request in requests])[:-1]
        parts = [np.split(outputs[name], ends) for name in self.outputs]
        return [
            pb_utils.InferenceResponse(
                [pb_utils.Tensor(n, a) for n, a in zip(self.outputs, arrays, strict=True)]
            )
            for arrays in zip(*parts, strict=True)
        ]

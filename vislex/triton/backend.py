"""What the embedded server's Python-based backends share; each stands in for a C++ backend.

They read each model's own `config.pbtxt` (tensors, `parameters`), so that a repository moves to
production unchanged. Imported only inside the server.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb

from vislex.contract.spec import Tensors
from vislex.errors import RepositoryError
from vislex.infer import Run
from vislex.triton.requests import answer_batch

Opener = Callable[[Path, Mapping[str, str]], Run]


class StandIn:
    """One instance of one model: requests in, responses out, all requests of a call in one run."""

    def __init__(self, args: Mapping[str, str], open_model: Opener, file_name: str) -> None:
        """`args` are those of the server; raises RepositoryError where the model cannot be run."""
        config = json.loads(args["model_config"])
        if args["model_instance_kind"] != "CPU":
            raise RepositoryError(
                f"{args['model_name']} asks for a {args['model_instance_kind']}, and this backend"
                " runs on CPUs: serve a repository for GPUs with NVIDIA's container"
            )
        version = Path(args["model_repository"]) / args["model_version"]
        parameters = {k: v["string_value"] for k, v in config.get("parameters", {}).items()}
        self._inputs = [tensor["name"] for tensor in config["input"]]
        self._outputs = [tensor["name"] for tensor in config["output"]]
        file = config["default_model_filename"] or file_name
        self._run = open_model(version / file, parameters)

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """One response a request; where the batch fails, each request is tried alone."""
        return answer_batch(requests, self._unpack, self._answer)

    def _unpack(self, request: Any) -> Tensors:
        return {
            name: pb.get_input_tensor_by_name(request, name).as_numpy() for name in self._inputs
        }

    def _answer(self, requests: list[Tensors]) -> list[Any]:
        """One run over all requests; each brings its own batch of one or more items."""
        stacked = requests[0]
        if len(requests) > 1:
            stacked = {name: np.concatenate([r[name] for r in requests]) for name in self._inputs}
        outputs = self._run(self._outputs, stacked)
        ends = np.cumsum([len(request[self._inputs[0]]) for request in requests])[:-1]
        parts = [np.split(outputs[name], ends) for name in self._outputs]
        return [
            pb.InferenceResponse(
                [pb.Tensor(name, part) for name, part in zip(self._outputs, arrays, strict=True)]
            )
            for arrays in zip(*parts, strict=True)
        ]

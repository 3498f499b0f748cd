"""The status of the galleries that a model holds: for the log, the metrics and the model `gallery`.

Galleries live in the process of the model that answers from them, such as `match`. The public model
`gallery` is another process, so it asks that model for one output alone, its STATUS:

    client -> gallery -> (BLS, empty inputs) -> match: only STATUS is wanted -> View.status()

Imported only by the `model.py` adapters, inside the server.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb
from numpy.typing import NDArray

from vislex.contract.galleries import GALLERY_STATUS, status_of
from vislex.contract.models import gallery_holder
from vislex.contract.spec import ModelSpec, Tensors, TensorSpec
from vislex.errors import RepositoryError
from vislex.live.snapshot import View, only
from vislex.triton.bls import bls_infer
from vislex.triton.metrics import gallery_refused, gallery_swapped
from vislex.triton.requests import respond


class TritonReport:
    """Swaps and refusals in the log and the metrics of the server."""

    def swapped(self, gallery: str, version: str) -> None:
        pb.Logger.log_info(f"gallery {gallery} is now {version}")
        gallery_swapped(gallery, version)

    def refused(self, gallery: str, version: str, reason: str) -> None:
        pb.Logger.log_error(f"gallery {gallery}: {version} is refused: {reason}")
        gallery_refused(gallery)


def wants_status(request: Any) -> bool:
    """Whether a request asks only for the status; no ensemble does."""
    return list(request.requested_output_names()) == [GALLERY_STATUS.name]


def status_response(holder: ModelSpec, view: View[Any]) -> Any:
    """The answer of `holder` to such a request: the status of every gallery."""
    return respond(holder, {GALLERY_STATUS.name: _json(view.status())})


def ask_status(holder: ModelSpec, dim: int, name: str, trace: Any) -> Tensors:
    """The status of the gallery called `name`, of all for "", from the model that holds them.

    `dim` is the width of an embedding, `trace` the request's. Raises InvalidOption, ModelFailed.
    """
    nothing = {spec.name: _empty(spec, dim) for spec in holder.inputs}
    status = json.loads(bls_infer(holder, nothing, trace)[GALLERY_STATUS.name][0, 0])
    return {GALLERY_STATUS.name: _json(only(status, name))}


def holder_in(repository: Path) -> ModelSpec:
    """The model of the repository that holds its galleries, as `ask_status` wants it.

    Raises RepositoryError where there is none, or several.
    """
    holder = gallery_holder({folder.name for folder in repository.iterdir()})
    if holder is None:
        raise RepositoryError(
            f"no model of {repository} has galleries; expected one, or no model `gallery` either"
        )
    return status_of(holder)


def _empty(spec: TensorSpec, dim: int) -> NDArray[Any]:
    shape = (1, *(dim if size < 0 else size for size in spec.dims))
    return np.full(shape, b"", object) if spec.dtype == "bytes" else np.zeros(shape, spec.dtype)


def _json(value: Any) -> NDArray[np.object_]:
    return np.array([[json.dumps(value, ensure_ascii=False).encode()]], object)

"""What `match` tells of its galleries: to the log, to the metrics, and to the model `gallery`.

Imported only by the `model.py` adapters, inside the server.
"""

import json
from typing import Any

import numpy as np
import triton_python_backend_utils as pb
from numpy.typing import NDArray

from vislex.contract import EMBEDDING, GALLERY_STATUS, LINES, MATCH_STATUS, Tensors
from vislex.live.snapshot import View, only
from vislex.ocr.lines import encode_lines
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
    """Whether a request to `match` is for its status alone; none of the ensemble's is."""
    return list(request.requested_output_names()) == [GALLERY_STATUS.name]


def status_response(view: View) -> Any:
    """The answer to such a request: the status of every gallery."""
    return respond(MATCH_STATUS, {GALLERY_STATUS.name: _json(view.status())})


def ask_status(dim: int, name: str, trace: Any) -> Tensors:
    """The status of the gallery called `name`, of all for "", from the process that serves them.

    `dim` is the width of an embedding, `trace` the request's. Raises InvalidOption, ModelFailed.
    """
    nothing = {
        EMBEDDING.name: np.zeros((1, dim), np.float32),
        LINES.name: np.array([[encode_lines(())]], object),
    }
    status = json.loads(bls_infer(MATCH_STATUS, nothing, trace)[GALLERY_STATUS.name][0, 0])
    return {GALLERY_STATUS.name: _json(only(status, name))}


def _json(value: Any) -> NDArray[np.object_]:
    return np.array([[json.dumps(value, ensure_ascii=False).encode()]], object)

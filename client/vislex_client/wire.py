"""The edge to tritonclient: the only module that imports it, and none of its errors pass."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from tritonclient.grpc import InferenceServerClient, InferInput
from tritonclient.utils import InferenceServerException

from vislex_client import tensors
from vislex_client.errors import from_status
from vislex_client.images import MAX_IMAGE_BYTES
from vislex_client.options import Parameters

CHANNEL_ARGUMENTS: list[tuple[str, int]] = [
    # gRPC takes 4 MB unless told otherwise, and a photo of a screen is more than that.
    ("grpc.max_send_message_length", MAX_IMAGE_BYTES + 2**20),
    ("grpc.max_receive_message_length", -1),
    # A connection that died without a word (a router dropped it) is noticed 10 s after data went
    # unacknowledged, not at the deadline. No ping is sent while nothing is asked: Triton closes
    # connections that are pinged more often than every 5 minutes without data.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 0),
    # A server that comes back is found within seconds; gRPC's own back-off grows to 2 minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 2_000),
    ("grpc.max_reconnect_backoff_ms", 3_000),
    # Two clients of one address do not share a connection, so neither waits out the other's.
    ("grpc.use_local_subchannel_pool", 1),
]


def connect(url: str) -> InferenceServerClient:
    """A channel to `url`. Nothing is sent until the first call."""
    return InferenceServerClient(url, channel_args=CHANNEL_ARGUMENTS)


def request(image: bytes, parameters: Parameters, request_id: str) -> dict[str, Any]:
    """The arguments of `infer` that ask for one image."""
    tensor = InferInput(tensors.IMAGE, [1, 1], "BYTES")
    tensor.set_data_from_numpy(np.array([[image]], dtype=np.object_))
    return {
        "model_name": tensors.MODEL,
        "inputs": [tensor],
        "parameters": parameters,
        "request_id": request_id,
    }


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raises the VislexError of `errors.from_status` in place of tritonclient's exception."""
    began = time.monotonic()
    try:
        yield
    except InferenceServerException as error:
        status = (error.status() or "").removeprefix("StatusCode.")
        raise from_status(
            status, error.message() or "", url=url, elapsed_s=time.monotonic() - began
        ) from error

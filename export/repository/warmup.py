"""The requests a server makes of a model before it calls itself ready: every bucket, once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tritonclient.grpc import model_config_pb2 as pb

from vislex.contract.images import (
    CANVAS,
    CROP_HEIGHT_PX,
    CROP_WIDTH,
    CROPS,
    OCR_DET,
    OCR_REC,
    PIXEL_MASK,
    PIXEL_VALUES,
    SIGLIP2,
    SPATIAL_SHAPES,
)
from vislex.contract.spec import TensorSpec
from vislex.ocr.canvas import COMMON_CANVASES_PX
from vislex.ocr.recognize import COMMON_WIDTHS_PX, call_size

GRID_FILE = "grid_23x11"  # below siglip2/warmup: that of a 1080 x 2400 screen; 0 x 0 is no grid

Example = dict[str, tuple[int, ...]]  # tensor name -> dims of one item
Request = tuple[str, int, Example]  # what it is called, how many items it has, the dims of one
_SPECS = {spec.name: spec for model in (SIGLIP2, OCR_DET, OCR_REC) for spec in model.inputs}
_DTYPES = {"uint8": pb.TYPE_UINT8, "int32": pb.TYPE_INT32, "float32": pb.TYPE_FP32}


def warmups(model: str, max_batch_size: int) -> list[Any]:
    """The ModelWarmup messages of a model, whose batches are of at most `max_batch_size` items.

    Where that is 0 the batch is the first of the model's own dims, and so in the shapes here.
    """
    return [_message(*request, max_batch_size) for request in _REQUESTS[model]()]


def _one_image() -> Iterator[Request]:
    yield "one_image", 1, {s.name: s.dims for s in (PIXEL_VALUES, PIXEL_MASK, SPATIAL_SHAPES)}


def _canvases() -> Iterator[Request]:
    for height, width in COMMON_CANVASES_PX:
        yield f"canvas_{height}x{width}", 1, {CANVAS.name: (height, width, 3)}


def _crops() -> Iterator[Request]:
    for width in COMMON_WIDTHS_PX:
        dims = {CROPS.name: (CROP_HEIGHT_PX, width, 3), CROP_WIDTH.name: CROP_WIDTH.dims}
        yield f"crops_{width}", call_size(width), dims


_REQUESTS: Mapping[str, Callable[[], Iterator[Request]]] = {
    SIGLIP2.name: _one_image,
    OCR_DET.name: _canvases,
    OCR_REC.name: _crops,
}


def _message(name: str, batch: int, example: Example, max_batch_size: int) -> Any:
    own_batch = max_batch_size == 0
    message = pb.ModelWarmup(name=name, batch_size=1 if own_batch else min(batch, max_batch_size))
    for tensor, dims in example.items():
        _fill(message.inputs[tensor], _SPECS[tensor], (batch, *dims) if own_batch else dims)
    return message


def _fill(value: Any, spec: TensorSpec, dims: tuple[int, ...]) -> None:
    value.data_type = _DTYPES[spec.dtype]
    value.dims.extend(dims)
    if spec is SPATIAL_SHAPES:
        value.input_data_file = GRID_FILE
    else:
        value.zero_data = True

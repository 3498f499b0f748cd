"""What goes around PP-OCR's graphs: pixels in, text map or characters out.

The steps that callers would otherwise repeat on floats move inside: uint8 RGB pixels to normalised
BGR planes in front, and behind the recogniser its best class per time step, so that thousands of
probabilities per step never leave the model. The opset stays the source's.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper, numpy_helper

from vislex.contract.images import (
    CANVAS,
    CHARACTER,
    CHARACTER_SCORE,
    CROP_HEIGHT_PX,
    CROP_WIDTH,
    CROPS,
    OCR_DET,
    OCR_REC,
    TEXT_MAP,
)
from vislex.contract.spec import ModelSpec, TensorSpec

ANGLE_WIDTH_PX = 192  # what the angle model was trained on; RapidOCR squeezes longer lines into it
MIN_TURN_SCORE = 0.9  # a line is turned when the model is surer than this that it is upside down

_TYPES = {"uint8": TensorProto.UINT8, "int32": TensorProto.INT32, "float32": TensorProto.FLOAT}


def wrap_detector(model: onnx.ModelProto, output: str) -> onnx.ModelProto:
    """CANVAS -> TEXT_MAP, in place; `output` is the source's (n, 1, h, w) map."""
    graph = model.graph
    _prepend(graph, _pixels_to_planes(CANVAS.name, "x"))
    graph.node.append(helper.make_node("Squeeze", [output], [TEXT_MAP.name], axes=[1]))
    _set_interface(graph, OCR_DET)
    return model


def wrap_recognizer(
    model: onnx.ModelProto, output: str, turn: Sequence[onnx.NodeProto] = ()
) -> onnx.ModelProto:
    """CROPS, CROP_WIDTH -> CHARACTER, CHARACTER_SCORE, in place.

    `output` is the source's (n, steps, classes) probabilities; `turn`, from `turn_lines`, sets
    lines upright first.
    """
    graph = model.graph
    _prepend(
        graph,
        [
            *_pixels_to_planes(CROPS.name, "planes"),
            *_columns(),
            *turn,
            *_zero_beyond_width("upright" if turn else "planes", "x"),
        ],
    )
    graph.node.extend(
        [
            helper.make_node("ArgMax", [output], ["best"], axis=2, keepdims=0),
            helper.make_node("Cast", ["best"], [CHARACTER.name], to=TensorProto.INT32),
            helper.make_node("ReduceMax", [output], [CHARACTER_SCORE.name], axes=[2], keepdims=0),
        ]
    )
    _set_interface(graph, OCR_REC)
    return model


def turn_lines(angle: onnx.ModelProto, output: str) -> list[onnx.NodeProto]:
    """`planes` -> `upright`: turns the lines that the angle model sees as upside down.

    It lives inside the recogniser, not beside it: callers neither move crops twice nor know of it.
    `output` is the angle model's (n, 2) probabilities of 0 and 180 degrees; its weights must be
    constants of its graph, not initializers.
    """
    prefixed = compose.add_prefix(angle, "angle/").graph
    return [
        *_squeeze_lines("planes", "angle/x"),
        *prefixed.node,
        *_turn_where(f"angle/{output}", "planes", "upright"),
    ]


def characters_of(model: onnx.ModelProto) -> list[str]:
    """The characters of classes 1, 2, ...: those the model carries, and the space behind them."""
    carried = {entry.key: entry.value for entry in model.metadata_props}["character"]
    return [*carried.splitlines(), " "]


def _pixels_to_planes(pixels: str, planes: str) -> list[onnx.NodeProto]:
    """(n, h, w, 3) RGB uint8 -> (n, 3, h, w) BGR float32 in -1..1.

    The cast comes first because TensorRT takes uint8 nowhere else.
    """
    return [
        _constant("bgr", np.array([2, 1, 0], np.int64)),
        _constant("half_range", np.array(127.5, np.float32)),
        _constant("one", np.array(1.0, np.float32)),
        helper.make_node("Cast", [pixels], ["pixels_float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["pixels_float"], ["planes_rgb"], perm=[0, 3, 1, 2]),
        helper.make_node("Gather", ["planes_rgb", "bgr"], ["planes_bgr"], axis=1),
        helper.make_node("Div", ["planes_bgr", "half_range"], ["planes_scaled"]),
        helper.make_node("Sub", ["planes_scaled", "one"], [planes]),
    ]


def _columns() -> list[onnx.NodeProto]:
    """`columns` 0, 1, ... of the padded crops, (padded,); `crop_width` (n, 1), both int64."""
    return [
        _constant("first_column", np.array(0, np.int64)),
        _constant("next_column", np.array(1, np.int64)),
        _constant("width_axis", np.array(2, np.int64)),
        helper.make_node("Shape", [CROPS.name], ["crops_shape"]),
        helper.make_node("Gather", ["crops_shape", "width_axis"], ["padded_width"], axis=0),
        helper.make_node("Range", ["first_column", "padded_width", "next_column"], ["columns"]),
        helper.make_node("Cast", [CROP_WIDTH.name], ["crop_width"], to=TensorProto.INT64),
    ]


def _zero_beyond_width(planes: str, masked: str) -> list[onnx.NodeProto]:
    """Zeroes the columns from CROP_WIDTH on: PP-OCR pads after it normalises, not with black."""
    return [
        _constant("zero", np.array(0.0, np.float32)),
        helper.make_node("Less", ["columns", "crop_width"], ["inside_rows"]),
        helper.make_node("Unsqueeze", ["inside_rows"], ["inside"], axes=[1, 2]),
        helper.make_node("Where", ["inside", planes, "zero"], [masked]),
    ]


def _squeeze_lines(planes: str, squeezed: str) -> list[onnx.NodeProto]:
    """(n, 3, 48, padded) -> (n, 3, 48, 192): lines longer than that squeezed, shorter ones as is.

    Each column is interpolated between two, as OpenCV's linear resize does; zeros follow the line.
    """
    make = helper.make_node
    return [
        _constant("squeezed_columns", np.arange(ANGLE_WIDTH_PX, dtype=np.float32)),
        _constant("angle_width", np.array(ANGLE_WIDTH_PX, np.float32)),
        _constant("half", np.array(0.5, np.float32)),
        _constant("one_column", np.array(1.0, np.float32)),
        _constant("no_column", np.array(0.0, np.float32)),
        _constant("per_row", np.array([1, 3, CROP_HEIGHT_PX, 1], np.int64)),
        make("Cast", ["crop_width"], ["line_width"], to=TensorProto.FLOAT),
        make("Sub", ["line_width", "one_column"], ["last_column"]),
        make("Min", ["line_width", "angle_width"], ["squeezed_width"]),
        make("Div", ["line_width", "squeezed_width"], ["squeeze"]),
        make("Add", ["squeezed_columns", "half"], ["squeezed_centre"]),
        make("Mul", ["squeezed_centre", "squeeze"], ["centre"]),
        make("Sub", ["centre", "half"], ["unbounded"]),
        make("Max", ["unbounded", "no_column"], ["from_first"]),
        make("Min", ["from_first", "last_column"], ["position"]),
        make("Floor", ["position"], ["left"]),
        make("Sub", ["position", "left"], ["part_rows"]),
        make("Unsqueeze", ["part_rows"], ["part"], axes=[1, 2]),
        make("Add", ["left", "one_column"], ["next"]),
        make("Min", ["next", "last_column"], ["right"]),
        *_gather_columns(planes, "left", "left_values"),
        *_gather_columns(planes, "right", "right_values"),
        make("Sub", ["right_values", "left_values"], ["rise"]),
        make("Mul", ["rise", "part"], ["risen"]),
        make("Add", ["left_values", "risen"], ["line"]),
        make("Less", ["squeezed_columns", "squeezed_width"], ["in_line_rows"]),
        make("Unsqueeze", ["in_line_rows"], ["in_line"], axes=[1, 2]),
        make("Where", ["in_line", "line", "no_column"], [squeezed]),
    ]


def _turn_where(angles: str, planes: str, upright: str) -> list[onnx.NodeProto]:
    """Turns the lines whose second probability is above MIN_TURN_SCORE by 180 degrees."""
    make = helper.make_node
    return [
        _constant("min_turn_score", np.array(MIN_TURN_SCORE, np.float32)),
        _constant("upside_down", np.array([1], np.int64)),
        _constant("rows_upwards", np.arange(CROP_HEIGHT_PX, dtype=np.int64)[::-1].copy()),
        make("Gather", [angles, "upside_down"], ["turn_score"], axis=1),
        make("Greater", ["turn_score", "min_turn_score"], ["turned"]),
        make("Unsqueeze", ["turned"], ["turned_planes"], axes=[2, 3]),
        make("Sub", ["crop_width", "next_column"], ["end"]),
        make("Sub", ["end", "columns"], ["backwards"]),
        make("Abs", ["backwards"], ["mirrored"]),  # beyond the line: anything, it is zeroed
        make("Where", ["turned", "mirrored", "columns"], ["source_columns"]),
        *_gather_columns(planes, "source_columns", "mirrored_planes"),
        make("Gather", ["mirrored_planes", "rows_upwards"], ["rotated_planes"], axis=2),
        make("Where", ["turned_planes", "rotated_planes", "mirrored_planes"], [upright]),
    ]


def _gather_columns(planes: str, columns: str, gathered: str) -> list[onnx.NodeProto]:
    """Row by row, the columns (n, m) of `planes` (n, 3, 48, w): (n, 3, 48, m)."""
    index = f"{gathered}_index"
    return [
        helper.make_node("Cast", [columns], [f"{index}_rows"], to=TensorProto.INT64),
        helper.make_node("Unsqueeze", [f"{index}_rows"], [f"{index}_flat"], axes=[1, 2]),
        helper.make_node("Expand", [f"{index}_flat", "per_row"], [index]),
        helper.make_node("GatherElements", [planes, index], [gathered], axis=3),
    ]


def _constant(name: str, value: NDArray[Any]) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, name))


def _prepend(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    """Puts `nodes` before the graph's own, which keep reading the tensor `x`."""
    behind = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *behind])


def _set_interface(graph: onnx.GraphProto, spec: ModelSpec) -> None:
    del graph.input[:], graph.output[:], graph.value_info[:]
    graph.input.extend(_value_info(tensor) for tensor in spec.inputs)
    graph.output.extend(_value_info(tensor) for tensor in spec.outputs)


def _value_info(tensor: TensorSpec) -> onnx.ValueInfoProto:
    """The tensor with its batch axis; an axis that varies gets a name of its own."""
    dims = [f"{tensor.name}_{axis}" if size < 0 else size for axis, size in enumerate(tensor.dims)]
    return helper.make_tensor_value_info(tensor.name, _TYPES[tensor.dtype], ["batch", *dims])

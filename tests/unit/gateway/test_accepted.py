"""What a request may hold: everything known to be good passes, everything else is named."""

import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2

from tests.unit.gateway.in_process import OPENED
from vislex.contract.models import MODELS
from vislex.contract.screens import CLASSIFY
from vislex.gateway.accepted import check_request
from vislex.gateway.refusal import Refusal
from vislex.gateway.request import read_request
from vislex.serving.settings import Settings

Message = Any  # a ModelInferRequest
Change = Callable[[Message], object]
IMAGE = b"any bytes"


def good(model: str = "classify", tensor: str = "IMAGE") -> Message:
    message = service_pb2.ModelInferRequest(model_name=model)
    message.inputs.add(name=tensor, datatype="BYTES", shape=[1, 1])
    message.raw_input_contents.append(struct.pack("<I", len(IMAGE)) + IMAGE)
    return message


def crops(items: int = 2, width: int = 32) -> Message:
    """A batch for a part of the pipeline, as a builder sends it."""
    message = service_pb2.ModelInferRequest(model_name="ocr_rec")
    message.inputs.add(name="CROPS", datatype="UINT8", shape=[items, 48, width, 3])
    message.inputs.add(name="CROP_WIDTH", datatype="INT32", shape=[items, 1])
    message.raw_input_contents.append(bytes(items * 48 * width * 3))
    message.raw_input_contents.append(np.full(items, width, "<i4").tobytes())
    return message


def check(message: Message) -> None:
    check_request(read_request(message.SerializeToString()), OPENED)


def refusal_of(message: Message) -> str:
    with pytest.raises(Refusal) as caught:
        check(message)
    assert caught.value.code == grpc.StatusCode.INVALID_ARGUMENT
    return caught.value.details


def typed(message: Message) -> None:
    message.ClearField("raw_input_contents")
    message.inputs[0].contents.bytes_contents.append(IMAGE)


def every_option(message: Message) -> None:
    parameters = message.parameters
    parameters["alpha"].double_param = 0.5
    parameters["top_k"].int64_param = 7
    parameters["read"].bool_param = False
    parameters["decide"].bool_param = True
    parameters["ranking"].string_param = "study"
    parameters["gallery"].string_param = "应用"
    parameters["gallery_version"].string_param = "v000007"


def set_to(name: str, **value: Any) -> Change:
    """Sets one parameter of the request: `set_to("top_k", int64_param=3)`."""
    ((kind, given),) = value.items()
    return lambda message: setattr(message.parameters[name], kind, given)


def all_outputs(message: Message) -> None:
    for spec in CLASSIFY.outputs:
        message.outputs.add(name=spec.name)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: None, typed, every_option, all_outputs,
        lambda m: m.outputs.add(name="LABEL"),
        lambda m: setattr(m, "model_version", "1"),
        lambda m: setattr(m, "id", "微信 " + "x" * 125),
        set_to("alpha", int64_param=1),
        lambda m: m.raw_input_contents.__setitem__(0, bytes(4)),  # no image: the stage says so
    ],
)  # fmt: skip
def test_what_is_known_to_be_good_passes(change: Change) -> None:
    message = good()
    change(message)
    check(message)


def test_the_other_models_take_what_is_theirs() -> None:
    check(good("gallery", "GALLERY"))
    for items, width in ((1, 1), (2, 32), (16, 320)):
        check(crops(items, width))
    canvas = service_pb2.ModelInferRequest(model_name="ocr_det")  # its config has no batch size
    canvas.inputs.add(name="CANVAS", datatype="UINT8", shape=[40, 2, 2, 3])
    canvas.raw_input_contents.append(bytes(40 * 2 * 2 * 3))
    check(canvas)
    canvas.inputs[0].shape[0] = 0
    with pytest.raises(Refusal, match=r"expected \[any, any, any, 3\]"):
        check(canvas)


def test_every_part_of_a_written_repository_takes_what_a_builder_sends(repository: Path) -> None:
    """As `vislex-index build --url` asks: whole batches, every output named."""
    accepted = Settings(repository, {}, open_models=True).accepted()
    assert set(accepted) == set(MODELS)
    sizes = {"float32": ("FP32", 4), "int32": ("INT32", 4), "uint8": ("UINT8", 1)}
    for name, spec in MODELS.items():
        items = min(accepted[name].most_items or 9, 9)
        message = service_pb2.ModelInferRequest(model_name=name)
        for tensor in spec.inputs:
            shape = [items, *(32 if dim < 0 else dim for dim in tensor.dims)]
            datatype, size = sizes.get(tensor.dtype, ("BYTES", 4))  # 4: empty elements
            message.inputs.add(name=tensor.name, datatype=datatype, shape=shape)
            message.raw_input_contents.append(bytes(math.prod(shape) * size))
        for output in spec.outputs:
            message.outputs.add(name=output.name)
        check_request(read_request(message.SerializeToString()), accepted)


def test_what_tritonclient_sends_by_itself_passes() -> None:
    tensor = triton.InferInput("IMAGE", [1, 1], "BYTES")
    tensor.set_data_from_numpy(np.array([[IMAGE]], object))
    sent = {}

    class Recorder:
        def ModelInfer(self, request: Message, **_: Any) -> Message:  # noqa: N802 # the protocol's
            sent["request"] = request
            return service_pb2.ModelInferResponse()

    client = triton.InferenceServerClient("localhost:1")
    client._client_stub = Recorder()
    outputs = [triton.InferRequestedOutput("LABEL")]
    options = {"alpha": 0.5, "top_k": 3, "read": False, "ranking": "both"}
    client.infer("classify", [tensor], outputs=outputs, request_id="a 1", parameters=options)
    check(sent["request"])
    for more, name in (
        ({"sequence_id": 7, "sequence_start": True}, "sequence_"),
        ({"priority": 1}, "priority"),
        ({"timeout": 1000}, "timeout"),
    ):
        client.infer("classify", [tensor], outputs=outputs, **more)
        assert f"classify has no parameter '{name}" in refusal_of(sent["request"])
    counted = [triton.InferRequestedOutput("LABEL", class_count=1)]
    client.infer("classify", [tensor], outputs=counted)
    assert refusal_of(sent["request"]) == (
        "InvalidRequest: output LABEL of classify has a parameter 'classification'; expected none "
        "(leave class_count out)"
    )


def test_a_mistyped_parameter_is_named_with_what_is_accepted() -> None:
    message = good()
    message.parameters["topk"].int64_param = 3
    assert refusal_of(message) == (
        "InvalidOption: classify has no parameter 'topk'; expected some of alpha (double), "
        "top_k (int64), read (bool), ranking (string), decide (bool), gallery (string), "
        "gallery_version (string)"
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("top_k", {"double_param": 3.0},
         r"comes as a floating-point number; expected a whole number \(int64_param\)"),
        ("top_k", {"string_param": "3"},
         r"top_k comes as a string; expected a whole number \(int64_param\)"),
        ("top_k", {"uint64_param": 3}, "comes as an unsigned number; expected a whole number"),
        ("alpha", {"string_param": "0.5"},
         r"comes as a string; expected a number \(double_param or int64_param\)"),
        ("alpha", {"double_param": math.nan}, "is nan; expected a finite number"),
        ("alpha", {"double_param": -math.inf}, "is -inf; expected a finite number"),
        ("read", {"int64_param": 0},
         r"comes as a whole number; expected true or false \(bool_param\)"),
        ("read", {"string_param": "false"}, "comes as a string; expected true or false"),
        ("gallery", {"bool_param": True},
         r"comes as true or false; expected a string \(string_param\)"),
        ("gallery", {"string_param": "apps\0x"}, r"'apps\\x00x' of 6 characters; expected at most"),
        ("gallery", {"string_param": "x" * 257}, "of 257 characters; expected at most 256"),
        ("", {"int64_param": 1}, "classify has no parameter ''"),
        ("TOP_K", {"int64_param": 1}, "classify has no parameter 'TOP_K'"),
        ("vislex_call", {"int64_param": 1}, "classify has no parameter 'vislex_call'"),
        ("sequence_id", {"string_param": "a"}, "no parameter 'sequence_id'"),
        ("sequence_end", {"bool_param": True}, "no parameter 'sequence_end'"),
        ("priority", {"uint64_param": 1}, "no parameter 'priority'"),
        ("timeout", {"int64_param": 1}, "no parameter 'timeout'.*the deadline of the call"),
        ("binary_data_output", {"bool_param": True}, "no parameter 'binary_data_output'"),
        ("triton_enable_empty_final_response", {"bool_param": True}, "no parameter 'triton_en"),
        ("x" * 10_000, {"int64_param": 1}, "no parameter 'x{60}...'"),
    ],
)  # fmt: skip
def test_parameters_of_a_request(name: str, value: dict[str, Any], words: str) -> None:
    message = good()
    set_to(name, **value)(message)
    said = refusal_of(message)
    assert said.startswith("InvalidOption: ")
    assert len(said) < 400  # it travels in a header
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(said)


def test_only_classify_has_options() -> None:
    message = good("gallery", "GALLERY")
    message.parameters["top_k"].int64_param = 3
    assert refusal_of(message) == ("InvalidOption: gallery has no parameter 'top_k'; expected none")


@pytest.mark.parametrize(
    "name",
    ["classification", "shared_memory_region", "shared_memory_byte_size", "shared_memory_offset",
     "binary_data", "binary_data_size", "top_k", ""],
)  # fmt: skip
def test_inputs_and_outputs_have_no_parameters(name: str) -> None:
    for where in ("output LABEL", "input IMAGE"):
        message = good()
        tensor = message.inputs[0] if where.startswith("i") else message.outputs.add(name="LABEL")
        tensor.parameters[name].int64_param = 1
        assert refusal_of(message).startswith(
            f"InvalidRequest: {where} of classify has a parameter '{name}'; expected none"
        )


@pytest.mark.parametrize("first", ["shared_memory_region", "shared_memory_byte_size"])
def test_shared_memory_is_told_what_to_do_instead(first: str) -> None:
    """As `InferInput.set_shared_memory` of tritonclient leaves an input: without contents."""
    message = good()
    message.ClearField("raw_input_contents")
    message.inputs[0].parameters[first].string_param = "region"
    assert refusal_of(message) == (
        f"InvalidRequest: input IMAGE of classify has a parameter '{first}'; expected none "
        "(send the contents with the request)"
    )


def described(**changes: Any) -> Change:
    """Replaces fields of the input's description."""

    def change(message: Message) -> None:
        tensor = message.inputs[0]
        for name, value in changes.items():
            if name == "shape":
                tensor.ClearField("shape")
                tensor.shape.extend(value)
            else:
                setattr(tensor, name, value)

    return change


def raw(*contents: bytes) -> Change:
    def change(message: Message) -> None:
        message.ClearField("raw_input_contents")
        message.raw_input_contents.extend(contents)

    return change


def beside(message: Message) -> None:
    message.inputs[0].contents.bytes_contents.append(IMAGE)


def typed_as(kind: str, *values: Any) -> Change:
    def change(message: Message) -> None:
        message.ClearField("raw_input_contents")
        message.inputs[0].contents.SetInParent()
        getattr(message.inputs[0].contents, kind).extend(values)

    return change


SHAPE = r"input IMAGE is of shape .*; expected \[1, 1\]"
ELEMENTS = r"raw contents of input IMAGE are not 1 element\(s\) of BYTES"
FAULTS: dict[str, tuple[Change, str]] = {
    "no inputs": (lambda m: m.ClearField("inputs"), "input IMAGE is missing; classify takes IMAGE"),
    "an unknown input": (lambda m: m.inputs.add(name="PIC"), "no input 'PIC'; expected IMAGE"),
    "an input without a name": (described(name=""), "no input ''; expected IMAGE"),
    "an input twice": (lambda m: m.inputs.append(m.inputs[0]), "input IMAGE comes 2 times"),
    "no datatype": (described(datatype=""), "is of datatype ''; expected BYTES"),
    "another datatype": (described(datatype="UINT8"), "is of datatype 'UINT8'; expected BYTES"),
    "a datatype in small letters": (described(datatype="bytes"), "'bytes'; expected BYTES"),
    "no shape": (described(shape=[]), SHAPE),
    "no batch axis": (described(shape=[1]), SHAPE),
    "an axis too many": (described(shape=[1, 1, 1]), SHAPE),
    "nine axes": (described(shape=[1] * 9), "input 'IMAGE' has more than 8 dims"),
    "two items": (described(shape=[2, 1]), SHAPE),
    "no item": (described(shape=[0, 1]), SHAPE),
    "no element": (described(shape=[1, 0]), SHAPE),
    "a negative dim": (described(shape=[1, -1]), SHAPE),
    "two negative dims": (described(shape=[-1, -1]), SHAPE),
    "a huge dim": (described(shape=[1, 2**63 - 1]), SHAPE),
    "dims whose product overflows": (described(shape=[2**32, 2**32]), SHAPE),
    "no contents": (raw(), "input IMAGE has no contents; expected raw_input_contents"),
    "contents of both kinds": (beside, "IMAGE has contents beside raw_input_contents"),
    "contents for two inputs": (raw(bytes(4), bytes(4)), "2 raw_input_contents for 1 inputs"),
    "nothing raw": (raw(b""), ELEMENTS),
    "half a length": (raw(b"\1\0\0"), ELEMENTS),
    "a length beyond the end": (raw(b"\4\0\0\0abc"), ELEMENTS),
    "a huge length": (raw(b"\xff\xff\xff\xffabc"), ELEMENTS),
    "bytes behind the element": (raw(b"\3\0\0\0abcd"), ELEMENTS),
    "two raw elements": (raw(bytes(8)), ELEMENTS),
    "empty contents": (typed_as("bytes_contents"), "input IMAGE has no contents"),
    "two typed elements": (typed_as("bytes_contents", b"a", b"b"), "has 2 bytes_contents; expec"),
    "numbers for bytes": (typed_as("int_contents", 1), "comes as int_contents; expected bytes_con"),
    "floats for bytes": (typed_as("fp32_contents", 1.0), "comes as fp32_contents"),
    "an unknown output": (lambda m: m.outputs.add(name="LABELS"), "no output 'LABELS'; expected"),
    "an output without a name": (lambda m: m.outputs.add(), "classify has no output ''"),
    "an output of another model": (lambda m: m.outputs.add(name="STATUS"), "no output 'STATUS'"),
    "an input as an output": (lambda m: m.outputs.add(name="IMAGE"), "no output 'IMAGE'"),
    "an output twice": (lambda m: (m.outputs.add(name="LABEL"), m.outputs.add(name="LABEL")),
                        "output LABEL is asked for 2 times"),
    "a version that is not there": (lambda m: setattr(m, "model_version", "3"), "version is '3'"),
    "a version that is no number": (lambda m: setattr(m, "model_version", "v1"), "version is 'v1'"),
    "a version below 0": (lambda m: setattr(m, "model_version", "-1"), "model_version is '-1'"),
    "a huge version": (lambda m: setattr(m, "model_version", "9" * 99), "expected '1', or none"),
    "the server's own id": (lambda m: setattr(m, "id", "canary"), "'canary', which is the serv"),
    "a long id": (lambda m: setattr(m, "id", "x" * 129), "of 129 characters; expected at most 128"),
    "a line break in the id": (lambda m: setattr(m, "id", "a\nb"), r"id is 'a\\nb' of 3 charact"),
    "a NUL in the id": (lambda m: setattr(m, "id", "a\0"), r"id is 'a\\x00' of 2 characters"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_every_other_request_is_named_and_refused(fault: str) -> None:
    change, words = FAULTS[fault]
    message = good()
    change(message)
    try:
        said = refusal_of(message)
    except ValueError as error:  # before it could be checked: it cannot be read
        said = f"InvalidRequest: {error}"
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(said)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.inputs[0].shape.__setitem__(0, 17), r"expected \[1 to 16, 48, any, 3\]"),
        (lambda m: m.inputs[0].shape.__setitem__(2, 0), r"expected \[1 to 16, 48, any, 3\]"),
        (lambda m: m.inputs[0].shape.__setitem__(2, -1), r"expected \[1 to 16, 48, any, 3\]"),
        (lambda m: m.inputs[0].shape.__setitem__(2, 2**62), r"has 9216 bytes; expected \d{22}"),
        (lambda m: m.inputs[1].shape.__setitem__(0, 1), "different numbers of items"),
        (lambda m: m.inputs.pop(), "input CROP_WIDTH is missing; ocr_rec takes CROPS, CROP_WIDTH"),
        (lambda m: m.raw_input_contents.pop(), "1 raw_input_contents for 2 inputs"),
        (lambda m: m.raw_input_contents.reverse(), "CROPS .* has 8 bytes; expected 9216"),
        (lambda m: setattr(m.inputs[1], "datatype", "FP32"), "'FP32'; expected INT32"),
        (typed_as("uint_contents", 1), "input CROPS comes as uint_contents; expected raw_input"),
    ],
)
def test_inputs_of_parts(change: Change, words: str) -> None:
    message = crops()
    change(message)
    with pytest.raises(Refusal, match=words):
        check(message)


def test_another_model_is_not_served() -> None:
    for name in ("prepare", "classify ", "CLASSIFY", "", "x" * 10_000, "classify\0"):
        with pytest.raises(Refusal) as caught:
            check(good(name))
        assert caught.value.code == grpc.StatusCode.NOT_FOUND
        assert caught.value.details.endswith("expected classify, gallery, ocr, ocr_det, ocr_rec")
        assert len(caught.value.details) < 200
